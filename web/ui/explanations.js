/**
 * Failures in words: what went wrong, with the failure's own message, and what to do next.
 *
 * @import {Failure} from '../worker/protocol.js'
 * @typedef {{title: string, message: string, advice: string}} Explanation
 */

/** @type {Record<string, [title: string, advice: string]>} */
const EXPLANATIONS = {
  boot_failed: [
    'Python did not start',
    'Reload the page. If that does not help, use a current browser: Chrome, Edge, Firefox or Safari.',
  ],
  worker_died: [
    'The recogniser stopped',
    'It is started again by itself. If this repeats, close other tabs to free memory, or load less audio.',
  ],
  out_of_memory: ['Memory ran out', 'Load less audio, or choose a smaller batch, and try again.'],
  wrong_state: ['Not possible just now', 'Finish or stop what is running first.'],
  bad_config: ['A setting is out of range', 'Change it to what the message expects.'],
  bad_request: ['Something unexpected happened', 'Reload the page and try again. Saved models are safe.'],
  unknown_request: ['This page and its recogniser do not fit', 'Reload the page to get the newest Sayso.'],
  unknown_network: ['That network is not known', 'Choose one of the networks in the list.'],
  unknown_preset: ['Those features are not known', 'Choose one of the feature presets in the list.'],
  cancelled: ['Cancelled', 'Nothing was changed.'],
  internal: ['Something unexpected happened', 'Reload the page and try again. Saved models are safe.'],

  mic_insecure: ['No microphone on this address', 'Open the page over https, or on this computer at http://localhost.'],
  mic_denied: [
    'The microphone is blocked',
    'Allow it in the browser’s address bar (the lock or microphone icon), then try again.',
  ],
  mic_none: ['No microphone found', 'Connect one, then try again.'],
  mic_gone: ['That microphone is not there', 'Connect it again, or choose another in the Listen view.'],
  mic_busy: ['The microphone is not available', 'Close other programs that use it, or choose another, then try again.'],
  mic_interrupted: ['The microphone was interrupted', 'Try again when the call, or whatever took it, is over.'],
  mic_lost: ['The microphone was disconnected', 'Connect it again or choose another, then try again.'],

  recording_silent: [
    'Nothing was heard',
    'Check that the right microphone is chosen and not muted, then say the word again.',
  ],
  recording_clipped: ['That was too loud', 'Move a little away from the microphone, then say the word again.'],
  recording_cut: ['The word was cut off', 'Wait for the sign, then say the whole word at once.'],
  recording_gap: [
    'Some of the sound was lost',
    'This device was too busy: close what else is running, then say the word again.',
  ],
  recording_stalled: [
    'No sound arrives from the microphone',
    'Choose another microphone in the Listen view, or connect it again.',
  ],

  storage_full: ['The browser’s storage is full', 'Save to a file instead, or delete models you no longer need.'],
  storage_blocked: ['Waiting for another tab', 'Close the other Sayso tabs.'],
  storage_newer: ['This page is out of date', 'Reload the page. Nothing saved is lost.'],
  storage_unavailable: [
    'The browser’s storage is not available',
    'Leave private browsing or allow this site to store data. Saving to a file still works.',
  ],

  files_several: ['One at a time', 'Give it the first of them, then the next.'],
  files_unknown: [
    'Nothing here that Sayso can use',
    'Give it a model (.safetensors), a zip, a folder of WAV files with one folder a word, or sprites.json with its audio files.',
  ],
  file_empty: ['That file is empty', 'Save or download it again.'],
  file_truncated: ['That file is cut short', 'Save or download it again.'],
  file_too_large: ['That file is too big', 'Choose a model file that Sayso saved.'],
  file_not_safetensors: ['That is not a model file', 'Choose a .safetensors file that Sayso saved.'],
  file_header: ['That model file is damaged', 'Save or download it again.'],
  weights_2017: [
    'That JSON is not a model',
    'Choose the weights file of the 2017 demo, or a .safetensors file that Sayso saved.',
  ],
  model_not_sayso: ['That model is not one of Sayso’s', 'Choose a .safetensors file that Sayso saved.'],
  model_version: ['That model is of another version', 'Reload the page to get the newest Sayso, then try again.'],
  model_shape: ['That model does not fit together', 'Save it again from where it was trained.'],
  model_not_finite: ['That model is broken', 'Its weights are not numbers: train it again with a lower learning rate.'],
  model_missing: ['That model is gone', 'Choose another model.'],
  no_model: ['There is no model yet', 'Train one, or load a model file.'],
  voices_missing: [
    'The built-in voices are not here',
    'Choose your own audio; or build the site again with “python3 build site”.',
  ],
  bad_sprites: ['That sprite pack is not complete', 'Choose sprites.json together with every audio file it names.'],
  sprite_index: ['That sprite pack is not as expected', 'Pack it again with “python3 build sprites”.'],
  sprite_missing: [
    'That sprite pack is not complete',
    'Add the audio file it names, or pack it again with “python3 build sprites”.',
  ],
  bad_audio: ['That audio could not be decoded', 'Convert it to Ogg or WAV, or leave it out.'],
  audio_empty: ['That recording is empty', 'Record it again, or leave it out.'],
  audio_format: ['That kind of audio cannot be read', 'Convert it to WAV, or leave it out.'],
  audio_not_finite: ['That recording is damaged', 'Record it again, or leave it out.'],
  audio_rate_too_low: ['That recording’s sample rate is too low', 'Record at 16 kHz or more, or leave it out.'],
  audio_silent: ['That recording is silent', 'Record it again, or leave it out.'],
  audio_too_large: ['That recording is too big', 'Cut it to the word, or leave it out.'],
  audio_too_long: ['That recording is too long', 'Cut it to the word, or leave it out.'],
  audio_too_short: ['That recording is too short', 'Record it again, or leave it out.'],
  audio_undecodable: ['That recording is damaged', 'Save or download it again, or leave it out.'],
  path_climbs: ['That archive names a file outside of it', 'Make it again from the folder itself.'],
  path_without_label: ['That recording belongs to no word', 'Put it into a folder that is named after its word.'],
  zip_undecodable: ['That zip could not be opened', 'Make it again, without a password, or choose the folder itself.'],
  zip_too_large: ['That zip is too big', 'Split it, or choose fewer recordings.'],
  bad_sample_rate: ['That sample rate cannot be used', 'Set the microphone to 44.1 or 48 kHz, or choose another.'],
  rate_mismatch: ['The sample rates differ', 'Use a model made for recordings at 16 kHz.'],
  too_many_clips: ['That is more audio than fits', 'Load fewer recordings.'],
  no_clips: [
    'There is nothing to train on in that',
    'Use the built-in voices, or a folder or zip with one folder of WAV files a word.',
  ],
  label_empty: ['A command has no recordings', 'Record it, load audio that has it, or remove it from the commands.'],
  bad_label: ['That word cannot be a command', 'Choose another word.'],
  not_marked: ['There is nothing to go back to', 'Load the audio again.'],
  not_prepared: ['The audio is not ready yet', 'Wait until its features are computed.'],
  data_mismatch: [
    'The audio is not the same as before',
    'Load the audio the training began with, or discard it and start anew.',
  ],
  labels_mismatch: [
    'The commands are not the same as before',
    'Set the commands the training began with, or start anew.',
  ],
  features_mismatch: ['The features do not fit the model', 'Choose the feature preset the model was made with.'],
  network_mismatch: [
    'The network is not the model’s',
    'Choose the network the model was made with, or start from random weights.',
  ],
  not_a_checkpoint: ['That training cannot be resumed', 'Discard it and start anew.'],

  audio_missing: ['The training audio is gone', 'Discard the training, load the audio again and start anew.'],
  run_elsewhere: ['Another tab is busy with this training', 'Go on in that tab, or close it first.'],
  train_diverged: [
    'The training diverged',
    'Lower the learning rate, to a third say, and train again. The model keeps its last good weights.',
  ],
};

/** @param {Failure} failure @returns {Explanation} */
export function explain({ code, message }) {
  const [title, advice] = EXPLANATIONS[code] ?? ['That did not work', 'Change what the message names and try again.'];
  return { title, message, advice };
}
