/**
 * The live graph of a training: cost on the left axis, accuracy on the right. Page only.
 *
 * @import {History} from '../types.d.ts'
 * @import uPlot from '../vendor/uplot.js'
 */
import { asFailure } from '../util/failure.js';
import { toastFailure } from './notices.js';

/** The chart's height in pixels, which `.chart` in views.css reserves. */
const HEIGHT = 260;
/** Distances that the axis may leave between the iterations it names. */
const WHOLE_STEPS = [1, 10, 100, 1e3, 1e4, 1e5].flatMap((power) => [power, 2 * power, 5 * power]);

export class TrainingChart {
  #host;
  /** @type {uPlot | null} */
  #plot = null;
  /** @type {History} */
  #history = { iterations: [], costs: [], accuracies: [] };
  #frame = 0;

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#host = host;
    new ResizeObserver(() => this.#resize()).observe(host);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#rebuild());
  }

  /** Draws a history once, at the next frame, however often it is called until then. @param {History} history */
  show(history) {
    this.#history = history;
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  async #draw() {
    this.#frame = 0;
    if (!this.#host.clientWidth) return; // a hidden chart is drawn when it gets a width
    try {
      const { default: UPlot } = await import('../vendor/uplot.js'); // loaded only when there is something to draw
      this.#plot ??= new UPlot(this.#options(), [[], [], []], this.#host);
    } catch (error) {
      toastFailure(asFailure(error));
      return;
    }
    const { iterations, costs, accuracies } = this.#history;
    this.#plot.setData([iterations, costs, accuracies]);
  }

  #rebuild() {
    this.#plot?.destroy();
    this.#plot = null;
    this.show(this.#history);
  }

  #resize() {
    if (this.#plot && this.#host.clientWidth) this.#plot.setSize({ width: this.#host.clientWidth, height: HEIGHT });
    else this.show(this.#history);
  }

  /** @returns {uPlot.Options} */
  #options() {
    const style = getComputedStyle(this.#host);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const font = `12px ${style.fontFamily}`;
    const axis = { font, labelFont: font, ticks: { show: false }, labelSize: 18 };
    const grid = { stroke: colour('--line'), width: 1 };
    return {
      width: this.#host.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false },
        cost: { range: (_, _min, max) => [0, Math.max(0.1, max * 1.05 || 1)] },
        accuracy: { range: [0, 1] },
      },
      series: [
        {},
        { scale: 'cost', stroke: colour('--cost'), width: 1.5, points: { show: false } },
        {
          scale: 'accuracy',
          stroke: colour('--accuracy'),
          width: 2.5,
          spanGaps: true,
          points: { show: true, size: 5, fill: colour('--accuracy') },
        },
      ],
      axes: [
        { ...axis, stroke: colour('--muted'), grid: { show: false }, size: 32, incrs: WHOLE_STEPS },
        { ...axis, scale: 'cost', stroke: colour('--cost'), grid, label: 'Cost', size: 44 },
        {
          ...axis,
          scale: 'accuracy',
          side: 1,
          stroke: colour('--accuracy'),
          grid: { show: false },
          label: 'Accuracy',
          size: 48,
          values: (_, ticks) => ticks.map((tick) => `${Math.round(tick * 100)} %`),
        },
      ],
    };
  }
}
