/**
 * Every message between the page and the worker, written once.
 *
 * Request (page → worker)  `{id, type, payload}`
 * Reply   (worker → page)  `{id, ok: true, result}` or `{id, ok: false, error: {code, message}}`
 * Event   (worker → page)  `{type, payload}`
 *
 * The worker keeps the port of `listen.start` and hands everything else to Python, where keys are snake_case. A method of
 * `py/sayso/worker/workbench.py` declares each request with the states it is answered in. A request of an unknown type, in
 * the wrong state, or with other keys than these, is an error, never ignored.
 *
 * @typedef {'booting' | 'idle' | 'preparing' | 'training' | 'listening' | 'failed'} State
 * @typedef {import('../types.d.ts').Failure} Failure
 */

/** Requests. Those marked (long) run in slices, report `job.progress`, and can be ended by `job.cancel`. */
export const REQUESTS = Object.freeze({
  /** {} → {state}: answered even while a long request runs; the page's sign that the worker lives. */
  PING: 'session.ping',
  /** {id} → {cancelled}: ends the long request with that id; it is answered with the error `cancelled`. */
  CANCEL: 'job.cancel',

  /** {} → {}: forget all training audio. */
  CLIPS_CLEAR: 'clips.clear',
  /** {} → {}: remember the training audio as it is. */
  CLIPS_MARK: 'clips.mark',
  /** {} → {}: go back, once, to what was marked: an addition in several requests failed half-way. */
  CLIPS_RESTORE: 'clips.restore',
  /**
   * {index, sprite, channels, sampleRateHz} → ClipCounts: add the clips of one decoded sprite file.
   * `index` is the text of the pack's sprites.json, `sprite` the decoded file's name, `channels` its Float32Arrays.
   */
  CLIPS_ADD_SPRITE: 'clips.add_sprite',
  /** (long) {files: [{path, bytes}]} → ClipCounts: add WAV files laid out as `label/speaker_nohash_n.wav`. */
  CLIPS_ADD_FILES: 'clips.add_files',
  /**
   * (long) {name, file} → ClipCounts & {pack}: add the WAV files of a zip archive (`pack` is null), read from its Blob
   * as they are needed; or unpack a sprite pack, `{index, files: [{file, bytes}]}`, whose files the page then decodes
   * and adds one by one.
   */
  CLIPS_ADD_ZIP: 'clips.add_zip',
  /** (long) {preset, commands} → Prepared: turn every clip into features; split speakers into training and test. */
  CLIPS_PREPARE: 'clips.prepare',
  /** {label} (null: any) → Example: a random clip to hear and see. */
  CLIPS_EXAMPLE: 'clips.example',
  /**
   * {samples, sampleRateHz} → CheckedTake: trim a microphone take to its word, judge it, draw it, and make a WAV file of
   * it. `clips.add_files` adds it to the training audio.
   */
  TAKE_CHECK: 'take.check',

  /** (long) TrainSettings → TrainResult: train a model; sends `train.progress` and `train.checkpoint`. */
  TRAIN_RUN: 'train.run',
  /** (long) {checkpoint, nIterations} → TrainResult: take the step that would have come after a checkpoint, and go on. */
  TRAIN_RESUME: 'train.resume',
  /** {} → {}: finish the running training early; `train.run` is then answered with its evaluation. */
  TRAIN_STOP: 'train.stop',

  /** {bytes, name} → ModelCard: make a model file's model the current one. */
  MODEL_LOAD: 'model.load',

  /** {sampleRateHz} and a transferred MessagePort of microphone blocks → {card, detector, hopMs}. */
  LISTEN_START: 'listen.start',
  /** {threshold?, smoothingMs?, refractoryMs?, offsets?} → detector settings now in force. */
  LISTEN_TUNE: 'listen.tune',
  /** {} → {nSamples, nDropped, nDetections}. */
  LISTEN_STOP: 'listen.stop',
});

/** Events. */
export const EVENTS = Object.freeze({
  /** {step, fraction, label}: what the worker is doing until it is ready. */
  BOOT_PROGRESS: 'boot.progress',
  /** BootReady: requests are answered from here on; which, and in what states, it says too. */
  BOOT_READY: 'boot.ready',
  /** Failure: the worker will answer nothing; everything that waits is rejected with it. */
  BOOT_FAILED: 'boot.failed',

  /** {id, label, done, total}: how far a long request has come. */
  JOB_PROGRESS: 'job.progress',

  /** TrainProgress. */
  TRAIN_PROGRESS: 'train.progress',
  /** {bytes, iteration}: everything needed to take the next step again; keep the newest. */
  TRAIN_CHECKPOINT: 'train.checkpoint',

  /** {levelDbfs, peakDbfs, columns: {width, height, intensities}, posteriors, quiet, timeS}: about ten a second. */
  LISTEN_UPDATE: 'listen.update',
  /** {label, confidence, timeS}: a command was recognised. */
  LISTEN_DETECTION: 'listen.detection',
  /** {nMissing, nDropped, timeS}: samples were missing before a block; features started afresh after the gap. */
  AUDIO_DROPPED: 'audio.dropped',
});

/**
 * A microphone block on the MessagePort from mic-worklet.js: `position` is its first sample's, from 0; `samples` is
 * transferred. Whoever takes it may post back a number: the position up to which there is no need of another block.
 * @typedef {{position: number, samples: Float32Array}} Block
 *
 * An image: `intensities` row by row from the top, 0 (quiet) to 255 (loud); the lowest band is the bottom row.
 * @typedef {{width: number, height: number, intensities: Uint8Array}} Picture
 *
 * @typedef {{labels: {label: string, nClips: number, nSpeakers: number}[], nClips: number, durationS: number,
 *   rejected: {path: string, code: string, message: string}[]}} ClipCounts
 *
 * @typedef {{labels: {label: string, nTrain: number, nTest: number, nTrainSpeakers: number, nTestSpeakers: number}[],
 *   nFrames: number, nMels: number, preset: string, warnings: string[], dataHash: string}} Prepared
 *
 * A take that is of no use is shown too; its `failure` is recording_silent, recording_clipped or recording_cut.
 * @typedef {{bytes: Uint8Array<ArrayBuffer>, durationS: number, peakDbfs: number, picture: Picture,
 *   failure: Failure | null}} CheckedTake
 *
 * @typedef {{network: string, learningRate: number, batchSize: number, nIterations: number, seed: number,
 *   optimizer: 'adamw' | 'sgd'}} RecipeSettings
 *
 * `startFrom` is what training sets out from: random weights (null), or the current model, whose network and preset the
 * settings and the prepared audio must then have.
 * @typedef {RecipeSettings & {startFrom: null | 'current'}} TrainSettings
 *
 * `accuracy` is null on iterations without an evaluation of the random test subset.
 * @typedef {{iteration: number, nIterations: number, loss: number, accuracy: number | null,
 *   examplesPerSecond: number, elapsedS: number, learningRate: number}} TrainProgress
 *
 * Row i of `confusion` counts the windows of label i by the label they were taken for; a label without windows has a
 * `recall` of null.
 * @typedef {{labels: string[], n: number, accuracy: number, balancedAccuracy: number,
 *   recall: (number | null)[], confusion: number[][]}} Evaluation
 *
 * `reason` is why training ended; `diverged` carries the failure while the model keeps its last good weights.
 * `evaluation` is of the whole test set, null when there is none because one speaker made all clips.
 * `bytes` are the model, now the current one, as a model file.
 * @typedef {{reason: 'finished' | 'stopped' | 'diverged', failure: Failure | null, iteration: number,
 *   elapsedS: number, evaluation: Evaluation | null, card: ModelCard, bytes: Uint8Array}} TrainResult
 *
 * `planned` tells whether listening recognises windows by a plan of the network, which is quicker than the network itself.
 * @typedef {{name: string, labels: string[], network: string, preset: string, nParameters: number,
 *   nMultiplyAdds: number, iteration: number, accuracy: number | null, created: string, planned: boolean,
 *   detector: DetectorSettings}} ModelCard
 *
 * `offsets` are added to `threshold`, one a command; an empty list is one threshold for all.
 * @typedef {{threshold: number, smoothingMs: number, refractoryMs: number, offsets: number[]}} DetectorSettings
 */
