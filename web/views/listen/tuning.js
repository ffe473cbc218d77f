/**
 * The detector's sliders, in the Listen view; what is chosen is kept for each model.
 *
 * @import {DetectorSettings} from '../../worker/protocol.js'
 * @import {Library, ModelRef} from '../../state/library.js'
 * @import {Listening} from '../../state/listening.js'
 * @import {Store} from '../../storage/store.js'
 */
import { byId, element } from '../../ui/dom.js';
import { asFailure } from '../../util/failure.js';
import { formatPercent } from '../../util/format.js';
import { refKey, UNKEPT } from '../../state/library.js';
import { toastFailure } from '../../ui/notices.js';

/**
 * @type {{key: 'threshold' | 'smoothingMs' | 'refractoryMs', label: string, min: number, max: number, step: number,
 *   format: (value: number) => string}[]}
 */
const SLIDERS = [
  { key: 'threshold', label: 'Threshold', min: 0.3, max: 0.99, step: 0.01, format: (value) => formatPercent(value) },
  { key: 'smoothingMs', label: 'Smoothing', min: 0, max: 1000, step: 20, format: (value) => `${value} ms` },
  {
    key: 'refractoryMs',
    label: 'Refractory time',
    min: 0,
    max: 3000,
    step: 50,
    format: (value) => `${(value / 1000).toFixed(2)} s`,
  },
];

/** @param {{library: Library, listening: Listening, store: Store}} app */
export function createTuning({ library, listening, store }) {
  /** @type {ModelRef | null} */
  let ref = null;
  /** The settings that the model came with. @type {DetectorSettings | null} */
  let preset = null;
  /** The settings that the person chose. @type {Partial<DetectorSettings>} */
  let tuned = {};

  const sliders = SLIDERS.map(({ key, label, min, max, step, format }) => {
    const input = element('input', { type: 'range', id: `tune-${key}`, min, max, step, value: min });
    const value = element('span', { class: 'slider-value', 'aria-hidden': 'true' });
    byId('tuning', HTMLElement).append(
      element('div', { class: 'slider' }, element('label', { for: input.id }, label), value, input),
    );
    const show = (/** @type {number} */ number) => {
      input.value = String(number);
      value.textContent = format(number);
      input.setAttribute('aria-valuetext', format(number));
      input.style.setProperty('--share', `${((number - min) / (max - min)) * 100}%`);
    };
    input.addEventListener('input', () => {
      show(input.valueAsNumber);
      tuned = { ...tuned, [key]: input.valueAsNumber };
      tell({ [key]: input.valueAsNumber });
    });
    input.addEventListener('change', keep);
    return { key, input, show };
  });
  const reset = byId('tuning-reset', HTMLButtonElement);

  const render = () => {
    for (const { key, input, show } of sliders) {
      input.disabled = !preset;
      if (preset) show(tuned[key] ?? preset[key]);
    }
    reset.disabled = !preset;
  };
  /** @param {Partial<DetectorSettings>} settings */
  const tell = (settings) => listening.tune(settings).catch((error) => toastFailure(asFailure(error)));

  function keep() {
    if (!ref || ref === UNKEPT) return;
    // if this fails, the settings are in force all the same
    store.setSetting(`detector:${refKey(ref)}`, tuned).catch(() => {});
  }

  library.current.subscribe(async (model) => {
    if (model.kind !== 'loaded') return;
    // The same model again has only got its place in the browser: what was tuned stays.
    const isSame = model.card.detector === preset && Object.keys(tuned).length > 0;
    const reading = isSame
      ? Promise.resolve(tuned)
      : model.ref === UNKEPT
        ? Promise.resolve({})
        : store.setting(`detector:${refKey(model.ref)}`).then(
            (kept) => kept ?? {},
            () => ({}),
          );
    listening.setTuning(reading);
    const read = await reading;
    if (library.current.value !== model) return;
    listening.setTuning(Promise.resolve(read)); // the settings shown are in force, even if a slider was moved meanwhile
    ({
      ref,
      card: { detector: preset },
    } = model);
    tuned = read;
    if (isSame) keep();
    render();
  });
  reset.addEventListener('click', () => {
    if (!preset) return;
    tuned = {};
    keep();
    tell(preset);
    render();
  });
  render();
}
