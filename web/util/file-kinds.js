/**
 * What a file is by the end of its name: the pickers offer, and what sorts picked files takes, what is listed here.
 * Python's side is `py/sayso/data/audio_kinds.py`.
 */

/** Recordings of a word each, which Python reads. */
export const RECORDING_SUFFIXES = Object.freeze(['.wav']);
/** A sprite pack's audio, as `python3 build sprites` writes it: the browser decodes it, beside its index alone. */
export const SPRITE_SUFFIXES = Object.freeze(['.ogg']);
/** A sprite pack's index; the 2017 demo's weights end likewise. */
export const JSON_SUFFIXES = Object.freeze(['.json']);
/** Folders of recordings, or a sprite pack, in one file. */
export const ARCHIVE_SUFFIXES = Object.freeze(['.zip']);
export const MODEL_SUFFIXES = Object.freeze(['.safetensors']);

/** For the `accept` attribute of a picker of training audio. */
export const ACCEPTED_AUDIO = [ARCHIVE_SUFFIXES, RECORDING_SUFFIXES, JSON_SUFFIXES, SPRITE_SUFFIXES].flat().join(',');
/** For the `accept` attribute of a picker of models. */
export const ACCEPTED_MODELS = [MODEL_SUFFIXES, JSON_SUFFIXES].flat().join(',');

/** @param {string} path @param {readonly string[]} suffixes in lower case */
export function endsWith(path, suffixes) {
  return suffixes.some((suffix) => path.toLowerCase().endsWith(suffix));
}
