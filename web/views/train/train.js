/**
 * The Train view: audio, settings, training and result, and the offer to go on with a training that was cut short.
 *
 * @import {App} from '../app.d.ts'
 */
import { byId } from '../../ui/dom.js';
import { formatCount, formatDate } from '../../util/format.js';
import { createAudioStep } from './audio.js';
import { createCommands } from './commands.js';
import { createRecording } from './record.js';
import { createResult } from './result.js';
import { createRunStep } from './run.js';
import { createSettings } from './settings.js';
import { isWhole } from '../../state/training-sources.js';

/** Features are computed when nothing they depend on has changed for this long. */
const PAUSE_MS = 300;

/** @param {App} app */
export function createTrainView(app) {
  const { audio, client, listening, preparation, recorder, recordings, training } = app;
  createAudioStep(app);
  const commands = createCommands(app, prepareSoon);
  const settings = createSettings(app, prepareSoon);
  const run = createRunStep(app, commands, settings);
  createRecording(app, commands, () => {
    settings.startFromCurrent();
    return run.lead();
  });
  createResult(app);

  let timer = 0;
  /** Has the features follow the audio, the commands and the preset, once a burst of changes is over. */
  function prepareSoon() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const isBusy = training.isBusy || listening.isActive || recorder.isActive;
      // Where features cannot be computed yet, a training does so when it begins.
      if (audio.state.value.kind !== 'loaded' || isBusy) return;
      if (!isWhole(audio, recordings, commands.get())) return preparation.forget();
      preparation.ensure(settings.preset(), commands.get()).catch(() => {}); // step 1 shows what went wrong
    }, PAUSE_MS);
  }
  audio.state.subscribe(({ kind }) => kind === 'loaded' && prepareSoon());
  recordings.all.subscribe(prepareSoon);
  recorder.state.subscribe(({ kind }) => kind === 'idle' && prepareSoon());

  const offer = byId('resume-offer', HTMLElement);
  const accept = byId('resume-accept', HTMLButtonElement);
  const discard = byId('resume-discard', HTMLButtonElement);
  const render = () => {
    const saved = training.offer.value;
    offer.hidden = !saved || training.isBusy;
    if (!saved) return;
    const place = `iteration ${formatCount(saved.iteration)} of ${formatCount(saved.settings.nIterations)}`;
    byId('resume-text', HTMLElement).textContent =
      `A training for ${saved.commands.join(', ')} was cut short on ${formatDate(saved.saved)}, at ${place}.`;
    accept.textContent = `Resume training from iteration ${formatCount(saved.iteration)}`;
    accept.disabled = client.state.value.kind === 'failed' || audio.state.value.kind === 'adding';
  };
  training.offer.subscribe(render);
  training.state.subscribe(render);
  client.state.subscribe(render);
  audio.state.subscribe(render);
  accept.addEventListener('click', async () => {
    const saved = training.offer.value;
    if (!saved) return;
    settings.set(saved.settings, saved.preset);
    commands.set(saved.commands);
    await Promise.all([listening.stop(), recorder.stop()]);
    await training.resume(saved);
  });
  discard.addEventListener('click', ({ detail }) => {
    // The second click of a double one is ignored, and so is a second Enter: by then the next run may be offered.
    if (!training.offer.value || detail > 1) return;
    byId('train-title', HTMLElement).focus({ preventScroll: true });
    training.discard(training.offer.value);
  });
}
