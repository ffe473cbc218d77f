import { element } from './dom.js';
import { formatPercent } from '../util/format.js';
import { commandsOf } from '../util/labels.js';

/** A list of labelled bars, one a class, for shares from 0 to 1. Page only. */
export class ConfidenceBars {
  #host;
  /** @type {{meter: HTMLElement, bar: HTMLElement, value: HTMLElement}[]} */
  #rows = [];

  /** @param {HTMLElement} host a list */
  constructor(host) {
    this.#host = host;
  }

  /** @param {string[]} labels the commands among them are drawn in the accent colour */
  setLabels(labels) {
    const commands = commandsOf(labels);
    this.#host.replaceChildren();
    this.#rows = labels.map((label) => {
      const bar = element('span');
      const range = { 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': 0 };
      const meter = element('div', { class: 'bar', role: 'meter', 'aria-label': label, ...range }, bar);
      const value = element('span', { class: 'confidence-value' });
      const name = element('span', { class: 'confidence-name' }, label);
      this.#host.append(
        element('li', { class: commands.includes(label) ? 'confidence command' : 'confidence' }, name, value, meter),
      );
      return { meter, bar, value };
    });
  }

  /** @param {(number | null)[]} shares in the order of the labels; null is shown as none */
  show(shares) {
    for (const [i, { meter, bar, value }] of this.#rows.entries()) {
      const share = shares[i] ?? 0;
      bar.style.transform = `translateX(${(share - 1) * 100}%)`;
      const text = shares[i] === null ? 'none' : formatPercent(share);
      if (value.textContent === text) continue; // setting the same text would lay the page out anew
      value.textContent = text;
      meter.setAttribute('aria-valuenow', (share * 100).toFixed(0));
    }
  }

  clear() {
    this.show([]);
    for (const { value } of this.#rows) value.textContent = '';
  }
}
