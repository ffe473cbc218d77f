/**
 * What a training takes: the audio that is loaded, the recordings as they are by now, and other words to tell them
 * apart from. Page only.
 *
 * @import {AudioSource} from '../types.d.ts'
 * @import {Recordings} from './recordings.js'
 * @import {TrainingAudio} from './training-audio.js'
 */
import { comesWithPage } from '../util/site.js';

const NOISE = ['_background_noise_', '_silence_', 'silence'];

/**
 * The sources of a training, in the order the audio has them, so that what is loaded is not loaded again.
 * @param {TrainingAudio} audio
 * @param {Recordings} recordings
 * @param {string[]} commands
 * @returns {AudioSource[]}
 */
export function sourcesFor(audio, recordings, commands) {
  const recorded = recordings.sources;
  const kept = audio.sources.filter((source) => !isRecorded(source) || recorded.includes(source));
  if (!recorded.length) return kept;
  const added = recorded.filter((source) => !kept.includes(source));
  const hasOthers = hasOtherWords(audio, [...commands, ...recordings.words]) || !comesWithPage('voices/sprites.json');
  return hasOthers ? [...kept, ...added] : [...kept, { kind: 'voices' }, ...added];
}

/**
 * Whether the audio loaded is all that a training would take.
 * @param {TrainingAudio} audio
 * @param {Recordings} recordings
 * @param {string[]} commands
 */
export function isWhole(audio, recordings, commands) {
  const wanted = sourcesFor(audio, recordings, commands);
  return wanted.length === audio.sources.length && wanted.every((source, i) => source === audio.sources[i]);
}

/** @param {AudioSource} source */
function isRecorded(source) {
  return source.kind === 'files' && source.isRecorded === true;
}

/** Whether audio has words besides these, which become “other”. @param {TrainingAudio} audio @param {string[]} words */
function hasOtherWords({ state, sources }, words) {
  if (sources.some(({ kind }) => kind === 'voices')) return true;
  const labels = state.value.kind === 'loaded' ? state.value.counts.labels : [];
  return labels.some(({ label }) => !words.includes(label) && !NOISE.includes(label));
}
