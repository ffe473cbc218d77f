/**
 * A contestant's side of the arena: calls its methods, one at a time, as the page asks.
 * @param {Record<string, (...given: any[]) => any>} methods
 */
export function serve(methods) {
  self.onmessage = async ({ data: { method, given } }) => {
    try {
      self.postMessage({ result: await methods[method](...given) });
    } catch (error) {
      self.postMessage({ failure: String(error?.stack ?? error) });
    }
  };
}
