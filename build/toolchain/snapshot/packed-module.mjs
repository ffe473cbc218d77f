/**
 * Several WebAssembly modules as one: each is a custom section of a module that holds nothing else. They take one
 * request, and are smaller compressed together than apart, since compiled code repeats itself.
 */
import { HEADER, name, section } from './wasm-format.mjs';

const CUSTOM = 0;

/**
 * @param {{name: string, content: Buffer}[]} modules
 * @returns {{module: Buffer, places: {start: number, end: number}[]}} the one module, and where in it each of them is
 */
export function packedModule(modules) {
  const parts = [HEADER],
    places = [];
  let end = HEADER.length;
  for (const { name: itsName, content } of modules) {
    const written = section(CUSTOM, [Buffer.from(name(itsName)), content]);
    for (const part of written) end += part.length;
    parts.push(...written);
    places.push({ start: end - content.length, end });
  }
  return { module: Buffer.concat(parts), places };
}
