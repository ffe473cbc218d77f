/** @import {Failure} from '../types.d.ts' */

/** An error that a person can act on: `code` picks the advice (explanations.js), `message` names the value at fault. */
export class SaysoError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'SaysoError';
    this.code = code;
  }
}

/**
 * Whatever was thrown, as the pair that crosses threads and is shown.
 * @param {unknown} error
 * @returns {Failure}
 */
export function asFailure(error) {
  if (error instanceof SaysoError) return { code: error.code, message: error.message };
  if (error instanceof DOMException && error.name === 'AbortError') return { code: 'cancelled', message: 'Cancelled.' };
  return { code: 'internal', message: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}

/** Whether what was thrown bears this code. @param {unknown} error @param {string} code */
export function hasCode(error, code) {
  return asFailure(error).code === code;
}
