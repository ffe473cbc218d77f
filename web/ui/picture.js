/**
 * Log-mel images on a canvas, through one colour table that reads alike in the light and the dark theme. Page only.
 *
 * @import {Picture} from '../worker/protocol.js'
 */

/** Colours from quiet to loud, mixed in between: [intensity, red, green, blue], each 0 to 255. */
const STOPS = [
  [0, 10, 20, 31],
  [64, 15, 58, 76],
  [128, 18, 122, 122],
  [192, 110, 200, 150],
  [232, 236, 232, 160],
  [255, 255, 252, 236],
];

/** The pixel of each intensity: red, green, blue and opacity in the order of their bytes. */
const COLOURS = Uint32Array.from({ length: 256 }, (_, intensity) => {
  const next = Math.max(
    1,
    STOPS.findIndex(([at]) => at >= intensity),
  );
  const [from, to] = [STOPS[next - 1], STOPS[next]];
  const share = (intensity - from[0]) / (to[0] - from[0]);
  const [red, green, blue] = [1, 2, 3].map((i) => Math.round(from[i] + share * (to[i] - from[i])));
  return new Uint32Array(Uint8Array.of(red, green, blue, 255).buffer)[0];
});

/** @param {Picture} picture at least one pixel */
function imageOf({ width, height, intensities }) {
  const pixels = new Uint32Array(width * height);
  for (let i = 0; i < pixels.length; i += 1) pixels[i] = COLOURS[intensities[i]];
  return new ImageData(new Uint8ClampedArray(pixels.buffer), width, height);
}

/**
 * Draws a whole picture; the canvas takes its size in pixels, CSS stretches it.
 * @param {HTMLCanvasElement} canvas
 * @param {Picture} picture
 */
export function drawPicture(canvas, picture) {
  canvas.width = picture.width;
  canvas.height = picture.height;
  context(canvas).putImageData(imageOf(picture), 0, 0);
}

/** The last `nColumns` columns of a stream of pictures; the newest are at the right. */
export class ScrollingPicture {
  #canvas;
  #nColumns;

  /** @param {HTMLCanvasElement} canvas @param {number} nColumns */
  constructor(canvas, nColumns) {
    this.#canvas = canvas;
    this.#nColumns = nColumns;
    canvas.width = nColumns;
    this.clear();
  }

  /** @param {Picture} picture may have no columns */
  push(picture) {
    if (!picture.width) return;
    const canvas = this.#canvas;
    if (canvas.height !== picture.height) {
      canvas.height = picture.height;
      this.clear();
    }
    const drawing = context(canvas);
    drawing.drawImage(canvas, -picture.width, 0);
    drawing.putImageData(imageOf(picture), this.#nColumns - picture.width, 0);
  }

  clear() {
    const drawing = context(this.#canvas);
    const [, red, green, blue] = STOPS[0];
    drawing.fillStyle = `rgb(${red} ${green} ${blue})`;
    drawing.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
  }
}

/** @param {HTMLCanvasElement} canvas */
function context(canvas) {
  const drawing = canvas.getContext('2d');
  if (!drawing) throw new Error('canvas: no 2d context');
  return drawing;
}
