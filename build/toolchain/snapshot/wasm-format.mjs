/** How WebAssembly's binary format writes numbers, names and sections. */
export const HEADER = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** @param {number} value @returns {number[]} its bytes in LEB128 */
export const leb128 = (value, signed = false) => {
  const bytes = [];
  for (;;) {
    const low = value & 0x7f;
    value = signed ? value >> 7 : value >>> 7;
    if (signed ? (value === 0 && !(low & 0x40)) || (value === -1 && low & 0x40) : value === 0) return [...bytes, low];
    bytes.push(low | 0x80);
  }
};

/** @param {string} text */
export const name = (text) => [...leb128(text.length), ...Buffer.from(text)];

/** @param {number} id @param {Uint8Array[]} parts of its content @returns {Uint8Array[]} */
export const section = (id, parts) => {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return [Buffer.from([id, ...leb128(size)]), ...parts];
};
