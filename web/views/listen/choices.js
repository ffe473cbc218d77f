/**
 * The choice of model and microphone, in the Listen view.
 *
 * @import {Library} from '../../state/library.js'
 * @import {Listening} from '../../state/listening.js'
 * @import {Store} from '../../storage/store.js'
 * @import {Training} from '../../state/training.js'
 */
import { byId, element } from '../../ui/dom.js';
import { refKey, refOf } from '../../state/library.js';
import { listMicrophones, onMicrophonesChanged } from '../../audio/mic.js';

/** @param {{library: Library, listening: Listening, store: Store, training: Training}} app */
export function createChoices({ library, listening, store, training }) {
  const models = byId('model-select', HTMLSelectElement);
  const devices = byId('device-select', HTMLSelectElement);

  const showModels = async () => {
    const saved = await store.models().catch(() => []); // if storage fails, the Models view tells why
    const current = library.current.value;
    const options = [
      ...saved.map(({ id, name, draft }) => ({
        key: refKey({ kind: 'saved', id }),
        name: draft ? `${name} (not saved yet)` : name,
      })),
      ...library.shipped.value.map(({ file, name }) => ({
        key: refKey({ kind: 'shipped', file }),
        name: `${name} (came with the page)`,
      })),
    ];
    const chosen = current.kind === 'none' ? '' : refKey(current.ref);
    if (chosen && current.kind !== 'none' && !options.some(({ key }) => key === chosen))
      options.unshift({ key: chosen, name: current.name });
    if (!options.length) options.push({ key: '', name: 'No model yet' });
    models.replaceChildren(...options.map(({ key, name }) => element('option', { value: key }, name)));
    models.value = chosen;
    enableModels();
  };
  const enableModels = () => {
    const { kind } = listening.state.value;
    models.disabled =
      library.current.value.kind === 'loading' ||
      training.isBusy ||
      kind === 'starting' ||
      kind === 'stopping' ||
      !models.options[0]?.value;
  };
  training.state.subscribe(enableModels);
  store.modelChanges.subscribe(showModels);
  library.shipped.subscribe(showModels);
  library.current.subscribe(showModels);
  models.addEventListener('change', () => listening.pauseFor(() => library.choose(refOf(models.value))));

  const showDevices = async () => {
    const found = await listMicrophones();
    const named = found.filter(({ id }) => id !== 'default');
    devices.replaceChildren(
      element('option', { value: '' }, 'System default'),
      ...named.map(({ id, label }) => element('option', { value: id }, label)),
    );
    if (named.some(({ id }) => id === listening.deviceId)) devices.value = listening.deviceId;
  };
  onMicrophonesChanged(showDevices);
  let shown = '';
  listening.state.subscribe(({ kind }) => {
    if (kind === shown) return;
    shown = kind;
    if (kind === 'on' || kind === 'off' || kind === 'failed') showDevices(); // permission gives microphones names
    enableModels();
    devices.disabled = kind === 'starting' || kind === 'stopping';
  });
  devices.addEventListener('change', () => listening.useDevice(devices.value));
}
