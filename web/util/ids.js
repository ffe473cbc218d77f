/** A random id; unlike crypto.randomUUID it also exists on an address that is not secure. */
export function newId() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
