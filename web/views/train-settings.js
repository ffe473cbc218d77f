/**
 * Step 2 of training: the settings, filled in with what suits the network chosen.
 *
 * @import {App} from '../main.js'
 * @import {TrainSettings} from '../protocol.js'
 * @import {BootReady} from '../wire.d.ts'
 */
import { byId, element } from '../dom.js';
import { formatCount } from '../format.js';

/** @param {App} app @param {() => void} onPreset called when the person may have changed the preset */
export function createSettings({ client, training }, onPreset) {
  const form = byId('settings', HTMLFormElement);
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

  const hint = () => {
    if (!boot) return;
    const chosen = boot.networks.find(({ name }) => name === network.value);
    byId('network-hint', HTMLElement).textContent = chosen
      ? `${chosen.description}; ${formatCount(chosen.nParameters)} parameters, ${(chosen.nMultiplyAdds / 1e6).toFixed(1)} M multiply-adds`
      : '';
    byId('preset-hint', HTMLElement).textContent = boot.presets.find(({ name }) => name === preset.value)?.description ?? '';
  };

  /** @param {TrainSettings} settings @param {string} presetName */
  const set = (settings, presetName) => {
    network.value = settings.network;
    optimizer.value = settings.optimizer;
    preset.value = presetName;
    for (const [name, input] of Object.entries(numbers)) input.value = String(settings[/** @type {keyof typeof numbers} */ (name)]);
    hint();
  };

  network.addEventListener('change', () => boot && set(boot.defaults.settings[network.value], presetFor(boot, network.value)));
  for (const choice of [network, preset]) {
    choice.addEventListener('change', () => {
      hint();
      onPreset();
    });
  }
  form.addEventListener('submit', (event) => event.preventDefault());

  client.state.subscribe((state) => {
    if (state.kind !== 'ready' || boot) return; // a restarted worker leaves what was chosen
    boot = state.boot;
    network.replaceChildren(...boot.networks.map(({ name, title }) => element('option', { value: name }, title)));
    preset.replaceChildren(...boot.presets.map(({ name, title }) => element('option', { value: name }, title)));
    set(boot.defaults.settings[boot.defaults.network], boot.defaults.preset);
  });

  const controls = [network, preset, optimizer, ...Object.values(numbers)];
  const enable = () => {
    for (const control of controls) control.disabled = training.isBusy || !boot;
  };
  training.state.subscribe(enable);
  client.state.subscribe(enable);

  return {
    set,
    preset: () => preset.value,
    /** The settings as they stand; null after telling the person which number is out of range. */
    get() {
      for (const details of form.querySelectorAll('details')) details.open ||= details.querySelector(':invalid') !== null;
      if (!form.reportValidity()) return null;
      /** @type {TrainSettings} */
      const settings = {
        network: network.value,
        learningRate: numbers.learningRate.valueAsNumber,
        batchSize: numbers.batchSize.valueAsNumber,
        nIterations: numbers.nIterations.valueAsNumber,
        seed: numbers.seed.valueAsNumber,
        optimizer: optimizer.value === 'sgd' ? 'sgd' : 'adamw',
      };
      return { settings, preset: preset.value };
    },
  };
}

/** The features a network was made for. @param {BootReady} boot @param {string} network */
function presetFor({ networks, defaults }, network) {
  return networks.find(({ name }) => name === network)?.preset ?? defaults.preset;
}
