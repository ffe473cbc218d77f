/** What each message of protocol.js carries, for the type checker alone: nothing of this file runs. */
import type {
  ClipCounts,
  DetectorSettings,
  CheckedTake,
  Evaluation,
  Failure,
  ModelCard,
  Picture,
  Prepared,
  RecipeSettings,
  State,
  TrainProgress,
  TrainResult,
  TrainSettings,
} from './protocol.js';

export interface Preset {
  name: string;
  title: string;
  description: string;
}
export interface Network {
  name: string;
  title: string;
  description: string;
  preset: string;
  nParameters: number;
  nMultiplyAdds: number;
}
export interface BootReady {
  versions: { sayso: string; numpy: string; python: string };
  /** Every request that Python answers, and the states in which it does. */
  requests: { type: string; states: State[] }[];
  presets: Preset[];
  networks: Network[];
  defaults: {
    preset: string;
    commands: string[];
    network: string;
    /** By network, for training from random weights. */
    settings: Record<string, RecipeSettings>;
    /** For going on from a model, whose network it is. */
    adapt: Omit<RecipeSettings, 'network'>;
  };
}

export interface Example {
  label: string;
  word: string;
  speaker: string;
  split: string;
  samples: Float32Array;
  sampleRateHz: number;
  picture: Picture;
}

export interface Pack {
  index: string;
  files: { file: string; bytes: Uint8Array<ArrayBuffer> }[];
}

interface Call<Payload, Result> {
  payload: Payload;
  result: Result;
}
type Nothing = Record<string, never>;

export interface Calls {
  'session.ping': Call<Nothing, { state: State }>;
  'job.cancel': Call<{ id: number }, { cancelled: boolean }>;
  'clips.clear': Call<Nothing, Nothing>;
  'clips.mark': Call<Nothing, Nothing>;
  'clips.restore': Call<Nothing, Nothing>;
  'clips.add_sprite': Call<
    { index: string; sprite: string; channels: Float32Array[]; sampleRateHz: number },
    ClipCounts
  >;
  'clips.add_files': Call<{ files: { path: string; bytes: Uint8Array }[] }, ClipCounts>;
  'clips.add_zip': Call<{ name: string; file: Blob }, ClipCounts & { pack: Pack | null }>;
  'clips.prepare': Call<{ preset: string; commands: string[] }, Prepared>;
  'clips.example': Call<{ label: string | null }, Example>;
  'take.check': Call<{ samples: Float32Array; sampleRateHz: number }, CheckedTake>;
  'train.run': Call<TrainSettings, TrainResult>;
  'train.resume': Call<{ checkpoint: Uint8Array; nIterations: number }, TrainResult>;
  'train.stop': Call<Nothing, Nothing>;
  'model.load': Call<{ bytes: Uint8Array; name: string }, ModelCard>;
  'listen.start': Call<
    { sampleRateHz: number; port: MessagePort },
    { card: ModelCard; detector: DetectorSettings; hopMs: number }
  >;
  'listen.tune': Call<Partial<DetectorSettings>, DetectorSettings>;
  'listen.stop': Call<Nothing, { nSamples: number; nDropped: number; nDetections: number }>;
}

export interface ListenUpdate {
  levelDbfs: number;
  peakDbfs: number;
  columns: Picture;
  posteriors: number[];
  quiet: boolean;
  timeS: number;
}
export interface ListenDetection {
  label: string;
  confidence: number;
  timeS: number;
}

export interface Events {
  'boot.progress': { step: string; fraction: number; label: string };
  'boot.ready': BootReady;
  'boot.failed': Failure;
  'job.progress': { id: number; label: string; done: number; total: number };
  'train.progress': TrainProgress;
  'train.checkpoint': { bytes: Uint8Array; iteration: number };
  'listen.update': ListenUpdate;
  'listen.detection': ListenDetection;
  'audio.dropped': { nMissing: number; nDropped: number; timeS: number };
}
