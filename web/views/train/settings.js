/**
 * Step 2 of training: what to start from, and the settings, filled in with what suits that and the network.
 *
 * @import {App} from '../app.d.ts'
 * @import {ModelCard, RecipeSettings, TrainSettings} from '../../worker/protocol.js'
 * @import {BootReady} from '../../worker/wire.d.ts'
 */
import { byId, element } from '../../ui/dom.js';
import { formatCount } from '../../util/format.js';

/** @param {App} app @param {() => void} onPreset called when the preset may have changed */
export function createSettings({ client, library, recordings, training }, onPreset) {
  const form = byId('settings', HTMLFormElement);
  const startFrom = byId('start-from', HTMLSelectElement);
  const network = byId('network', HTMLSelectElement);
  const preset = byId('preset', HTMLSelectElement);
  const optimizer = byId('optimizer', HTMLSelectElement);
  const numbers = {
    learningRate: byId('learning-rate', HTMLInputElement),
    batchSize: byId('batch-size', HTMLInputElement),
    nIterations: byId('iterations', HTMLInputElement),
    seed: byId('seed', HTMLInputElement),
  };
  /** @type {BootReady | null} */
  let boot = null;
  /** The current model's card; null when there is none to start from. @type {ModelCard | null} */
  let card = null;
  /** What the settings are filled in for. @type {'random' | 'current'} */
  let start = 'random';
  /** What the person asked to start from; null stands for what suits the audio. @type {'random' | 'current' | null} */
  let asked = null;

  const hint = () => {
    if (!boot) return;
    const chosen = boot.networks.find(({ name }) => name === network.value);
    byId('network-hint', HTMLElement).textContent = chosen
      ? `${chosen.description}; ${formatCount(chosen.nParameters)} parameters, ${(chosen.nMultiplyAdds / 1e6).toFixed(1)} M multiply-adds`
      : '';
    byId('preset-hint', HTMLElement).textContent =
      boot.presets.find(({ name }) => name === preset.value)?.description ?? '';
    byId('start-hint', HTMLElement).textContent =
      start === 'current'
        ? 'Adjusted to the commands: quick, and a few recordings will do.'
        : 'Learns from the audio alone, which must be plenty.';
  };

  /** Fills in the form. @param {RecipeSettings} recipe @param {string} presetName */
  const fill = (recipe, presetName) => {
    startFrom.value = start;
    network.value = recipe.network;
    optimizer.value = recipe.optimizer;
    preset.value = presetName;
    for (const [name, input] of Object.entries(numbers))
      input.value = String(recipe[/** @type {keyof typeof numbers} */ (name)]);
    hint();
    enable();
  };

  const enable = () => {
    const isOff = training.isBusy || !boot;
    for (const control of [startFrom, optimizer, ...Object.values(numbers)]) control.disabled = isOff;
    // a model brings its own network and preset
    for (const control of [network, preset]) control.disabled = isOff || start === 'current';
    startFrom.options[1].disabled = !card;
  };

  /**
   * Sets what to start from. Words that were recorded on the page are learnt from the current model, where there is
   * one; it brings its network and features.
   */
  const follow = () => {
    if (!boot) return;
    const before = { start, preset: preset.value };
    const suits = asked ?? (recordings.all.value.length ? 'current' : 'random');
    start = suits === 'current' && card ? 'current' : 'random';
    if (start !== before.start && start === 'random') {
      fill(boot.defaults.settings[boot.defaults.network], boot.defaults.preset);
    } else if (card && start === 'current') {
      const recipe = start === before.start ? entered() : boot.defaults.adapt;
      fill({ ...recipe, network: card.network }, card.preset);
    } else {
      enable();
    }
    if (preset.value !== before.preset) onPreset();
  };

  /** The settings as the form has them. @returns {RecipeSettings} */
  const entered = () => ({
    network: network.value,
    learningRate: numbers.learningRate.valueAsNumber,
    batchSize: numbers.batchSize.valueAsNumber,
    nIterations: numbers.nIterations.valueAsNumber,
    seed: numbers.seed.valueAsNumber,
    optimizer: optimizer.value === 'sgd' ? 'sgd' : 'adamw',
  });

  network.addEventListener(
    'change',
    () => boot && fill(boot.defaults.settings[network.value], presetFor(boot, network.value)),
  );
  for (const choice of [network, preset]) {
    choice.addEventListener('change', () => {
      hint();
      onPreset();
    });
  }
  startFrom.addEventListener('change', () => {
    asked = startFrom.value === 'current' ? 'current' : 'random';
    follow();
  });
  form.addEventListener('submit', (event) => event.preventDefault());

  client.state.subscribe((state) => {
    if (state.kind !== 'ready' || boot) return; // when a worker is started again, what was chosen stays
    boot = state.boot;
    network.replaceChildren(...boot.networks.map(({ name, title }) => element('option', { value: name }, title)));
    preset.replaceChildren(...boot.presets.map(({ name, title }) => element('option', { value: name }, title)));
    fill(boot.defaults.settings[boot.defaults.network], boot.defaults.preset);
    follow();
  });
  library.current.subscribe((model) => {
    if (model.kind === 'loading') return; // either this model comes, or the one before stays
    card = model.kind === 'loaded' ? model.card : null;
    startFrom.options[1].textContent =
      model.kind === 'loaded' ? `The current model, “${model.name}”` : 'The current model';
    follow();
  });
  recordings.all.subscribe(follow);
  training.state.subscribe(enable);

  return {
    /** Shows the settings of a training that is taken up. @param {TrainSettings} settings @param {string} presetName */
    set(settings, presetName) {
      asked = start = settings.startFrom ?? 'random'; // runs that earlier versions kept do not say
      fill(settings, presetName);
    },
    /** Starts from the current model, as a button elsewhere asks for. */
    startFromCurrent() {
      asked = 'current';
      follow();
    },
    preset: () => preset.value,
    /**
     * The settings as they stand; null, once the person is told which one, when a number is out of range.
     * @returns {{settings: TrainSettings, preset: string} | null}
     */
    get() {
      for (const details of form.querySelectorAll('details'))
        details.open ||= details.querySelector(':invalid') !== null;
      if (!form.reportValidity()) return null;
      return { settings: { ...entered(), startFrom: start === 'current' ? 'current' : null }, preset: preset.value };
    },
  };
}

/** The features a network was made for. @param {BootReady} boot @param {string} network */
function presetFor({ networks, defaults }, network) {
  return networks.find(({ name }) => name === network)?.preset ?? defaults.preset;
}
