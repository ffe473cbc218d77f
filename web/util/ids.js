/** A random id of 24 hexadecimal digits. Browsers have crypto.randomUUID only on secure addresses. */
export function newId() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
