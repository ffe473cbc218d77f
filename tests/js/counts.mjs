/**
 * A reporter of Node's test runner that writes one line of JSON: how many tests passed, failed and were skipped.
 *
 * A suite is not a test. A file stands for itself only where it fails as a whole, as one that cannot be imported does. What
 * `--test-name-pattern` leaves out, which some versions of Node report as skipped, was not run and is not counted.
 */
const NOT_SELECTED = 'test name does not match pattern';

export default async function* counts(events) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of events) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details?.type === 'suite') continue;
    if (data.skip === NOT_SELECTED || (type === 'test:pass' && data.name === data.file)) continue;
    if (data.skip !== undefined || data.todo !== undefined) total.skipped += 1;
    else if (type === 'test:pass') total.passed += 1;
    else total.failed += 1;
  }
  yield JSON.stringify(total);
}
