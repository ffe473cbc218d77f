/**
 * A reporter of Node's test runner that writes one line of JSON: how many tests passed, failed and were skipped.
 *
 * A suite is not a test. A file counts as one only where it fails as a whole, as one that cannot be imported does.
 * Tests that `--test-name-pattern` leaves out were not run and are not counted, though some versions of Node report them.
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
