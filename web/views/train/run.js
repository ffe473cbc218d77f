/**
 * Step 3 of training: start, stop, resume, and watch.
 *
 * @import {App} from '../app.d.ts'
 * @import {Progress} from '../../types.d.ts'
 * @import {TrainProgress, TrainResult, TrainSettings} from '../../worker/protocol.js'
 * @import {TrainingState} from '../../state/training.js'
 */
import { TrainingChart } from '../../ui/chart.js';
import { byId } from '../../ui/dom.js';
import { formatCount, formatDuration, formatPercent } from '../../util/format.js';
import { showFailure } from '../../ui/notices.js';
import { sourcesFor } from '../../state/training-sources.js';
import { showProgress } from '../../ui/progress-row.js';

/**
 * @param {App} app
 * @param {{get: () => string[]}} commands
 * @param {{get: () => {settings: TrainSettings, preset: string} | null}} settings
 * @returns {{lead: () => Promise<void>}}
 */
export function createRunStep(
  { client, library, audio, preparation, training, listening, recordings, recorder },
  commands,
  settings,
) {
  const start = byId('train-start', HTMLButtonElement);
  const stop = byId('train-stop', HTMLButtonElement);
  const resume = byId('train-resume', HTMLButtonElement);
  const hint = byId('train-hint', HTMLElement);
  const progress = byId('train-progress', HTMLElement);
  const chart = new TrainingChart(byId('chart', HTMLElement));

  /** Releases the microphone. */
  const quieten = () => Promise.all([listening.stop(), recorder.stop()]);

  async function begin() {
    const chosen = settings.get();
    if (!chosen) return;
    await quieten();
    await training.train(chosen.settings, chosen.preset, commands.get(), sourcesFor(audio, recordings, commands.get()));
  }

  start.addEventListener('click', begin);
  stop.addEventListener('click', () => training.stop());
  resume.addEventListener('click', async () => {
    const state = training.state.value;
    if (state.kind !== 'trained' || !state.resumable) return;
    await quieten();
    await training.resume(state.resumable);
  });

  const render = () => {
    const state = training.state.value;
    const worker = client.state.value.kind;
    const resumable = state.kind === 'trained' ? state.resumable : null;
    // Buttons keep their place and focus while a training runs, so that a second click or key press changes nothing.
    const busy = training.isBusy;
    const stopFocused = document.activeElement === stop;
    const hasAudio =
      audio.state.value.kind === 'loaded' || (audio.state.value.kind === 'empty' && recordings.all.value.length > 0);
    const isModelLoading = library.current.value.kind === 'loading'; // a training might start from it
    start.disabled = !busy && (worker !== 'ready' || !hasAudio || isModelLoading);
    setIdle(start, busy);
    stop.hidden = state.kind === 'idle';
    setIdle(stop, state.kind === 'trained' || (state.kind === 'training' && state.step !== 'running'));
    stop.textContent = state.kind === 'preparing' ? 'Cancel' : 'Stop';
    resume.disabled = !busy && worker !== 'ready';
    setIdle(resume, busy);
    if (!busy) {
      start.textContent = state.kind === 'trained' ? 'Train anew' : 'Train';
      start.classList.toggle('primary', !resumable);
      resume.hidden = !resumable;
      if (resumable) resume.textContent = `Resume from iteration ${formatCount(resumable.iteration)}`;
    }
    if (stopFocused && stop.hidden) start.focus();
    hint.textContent = hintFor(state, worker, hasAudio || audio.state.value.kind === 'adding');
    showFailure(byId('train-failure', HTMLElement), failureOf(state));
    showProgress(progress, progressNow());
    if (state.kind === 'training' || state.kind === 'trained') {
      byId('train-live', HTMLElement).hidden = false;
      chart.show(state.history);
    }
    if (state.kind === 'training' && state.progress) showFigures(state.progress);
    if (state.kind === 'trained') showEnd(state.result);
  };

  /** What the progress row shows. @returns {Progress | null} */
  const progressNow = () => {
    const state = training.state.value;
    if (state.kind === 'training') {
      const isHearing = state.step === 'running' && !state.progress;
      if (state.job) return { ...state.job, label: isHearing ? state.job.label : words(state) };
      return { label: words(state), done: shareOf(state.progress), total: 1 };
    }
    if (state.kind !== 'preparing') return null;
    if (audio.state.value.kind === 'adding') return audio.state.value.progress;
    if (preparation.state.value.kind === 'running') return preparation.state.value.progress;
    return { label: 'Getting ready', done: 0, total: 1 };
  };

  training.state.subscribe(render);
  client.state.subscribe(render);
  library.current.subscribe(render);
  audio.state.subscribe(render);
  preparation.state.subscribe(render);
  recordings.all.subscribe(render);

  return {
    /** Trains, for a button elsewhere, and leads the person from there to the run and on to its result. */
    async lead() {
      let before = training.state.value.kind;
      const unsubscribe = training.state.subscribe(({ kind }) => {
        if (kind === before) return;
        before = kind;
        if (kind === 'preparing') stop.focus();
        if (document.activeElement !== stop) return; // the person has gone elsewhere
        if (kind === 'training') byId('run', HTMLElement).scrollIntoView({ block: 'nearest' });
        if (kind !== 'trained') return;
        byId('result', HTMLElement).scrollIntoView();
        byId('result-title', HTMLElement).focus({ preventScroll: true });
      });
      await begin();
      unsubscribe();
    },
  };
}

/**
 * Greys a button while it does nothing; disabling it would take its focus.
 * @param {HTMLButtonElement} button
 * @param {boolean} isIdle
 */
function setIdle(button, isIdle) {
  button.setAttribute('aria-disabled', String(isIdle));
}

/** What a training is doing. @param {Extract<TrainingState, {kind: 'training'}>} state */
function words({ step, progress }) {
  if (step === 'recovering') return 'The recogniser stopped; starting it again from the last checkpoint';
  if (step === 'stopping') return 'Stopping: measuring the accuracy on the whole test set';
  return progress ? remaining(progress) : 'Training';
}

/** The share of the iterations that is done, from 0 to 1. @param {TrainProgress | null} progress */
function shareOf(progress) {
  return progress ? progress.iteration / progress.nIterations : 0;
}

/** @param {TrainProgress} progress */
function showFigures({ iteration, nIterations, loss, accuracy, examplesPerSecond, elapsedS }) {
  byId('figure-iteration', HTMLElement).textContent = `${formatCount(iteration)} / ${formatCount(nIterations)}`;
  byId('figure-cost', HTMLElement).textContent = loss.toFixed(3);
  if (accuracy !== null) byId('figure-accuracy', HTMLElement).textContent = formatPercent(accuracy, 1);
  else if (iteration <= 1) byId('figure-accuracy', HTMLElement).textContent = '–';
  byId('figure-speed', HTMLElement).textContent = formatCount(Math.round(examplesPerSecond));
  byId('figure-elapsed', HTMLElement).textContent = formatDuration(elapsedS);
}

/** @param {TrainResult} result */
function showEnd({ evaluation, elapsedS }) {
  if (evaluation) byId('figure-accuracy', HTMLElement).textContent = formatPercent(evaluation.accuracy, 1);
  byId('figure-elapsed', HTMLElement).textContent = formatDuration(elapsedS);
}

/** The time that is left, if iterations go on as fast as so far. @param {TrainProgress} progress */
function remaining({ iteration, nIterations, elapsedS }) {
  const left = iteration ? (elapsedS / iteration) * (nIterations - iteration) : 0;
  return iteration >= nIterations
    ? 'Measuring the accuracy on the whole test set'
    : `About ${formatDuration(left)} left`;
}

/** @param {TrainingState} state */
function failureOf(state) {
  if (state.kind === 'idle') return state.failure;
  return state.kind === 'trained' ? state.result.failure : null;
}

/** Why no training can start. @param {TrainingState} state @param {string} worker @param {boolean} hasAudio */
function hintFor(state, worker, hasAudio) {
  if (state.kind === 'preparing' || state.kind === 'training') return '';
  if (worker === 'booting') return 'Waits for Python to start.';
  return hasAudio ? '' : 'Record words or load audio first.';
}
