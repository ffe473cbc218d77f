/**
 * Types that several folders of the page share, for the type checker alone: nothing of this file runs.
 *
 * They are the ground that every folder may import from, and so import nothing themselves. A type that one folder makes
 * and only higher ones use stays where it is made; what the views are given as a whole is in views/app.d.ts.
 */

/** What went wrong, as it crosses threads and is shown: `code` picks the advice, `message` names the value at fault. */
export interface Failure {
  code: string;
  message: string;
}

/** How far a piece of work has come: `done` of `total`, in whatever it counts. */
export interface Progress {
  label: string;
  done: number;
  total: number;
}

/** A file that a person picked or dropped. */
export interface PickedFile {
  /** The path inside what was picked; the name alone of a file picked by itself. */
  path: string;
  file: File;
}

/**
 * Where training audio comes from: enough to load the same audio again, after a reload too. `isRecorded` tells the
 * recordings made on the page from files that were picked.
 */
export type AudioSource =
  | { kind: 'voices' }
  | { kind: 'sprites'; name: string; files: PickedFile[] }
  | { kind: 'zip'; name: string; file: File }
  | { kind: 'files'; name: string; files: PickedFile[]; isRecorded?: boolean };

/** The curve of a training: parallel columns, as the chart draws them. */
export interface History {
  iterations: number[];
  costs: number[];
  /** Shares from 0 to 1; null between evaluations. */
  accuracies: (number | null)[];
}
