import type { Listening } from '../state/listening.js';
import type { Library } from '../state/library.js';
import type { Preparation } from '../state/preparation.js';
import type { Recorder } from '../state/recorder.js';
import type { Recordings } from '../state/recordings.js';
import type { Training } from '../state/training.js';
import type { TrainingAudio } from '../state/training-audio.js';
import type { Store } from '../storage/store.js';
import type { AudioSource, PickedFile } from '../types.d.ts';
import type { Client } from '../worker/client.js';

/** The parts that main.js makes and hands to every view, and the actions that concern several of them. */
export interface App {
  client: Client;
  store: Store;
  library: Library;
  audio: TrainingAudio;
  preparation: Preparation;
  training: Training;
  listening: Listening;
  recordings: Recordings;
  recorder: Recorder;
  /** Adds training audio, after the microphone is let go. */
  addAudio: (source: AudioSource) => Promise<void>;
  /** Sorts files into a model or training audio, and opens what they are. */
  openFiles: (files: PickedFile[]) => void;
  goTo: (view: string) => void;
}
