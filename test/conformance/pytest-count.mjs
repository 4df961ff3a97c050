/** @typedef {{ passed: number, failed: number }} PytestCount */

/**
 * Reads pytest's JUnit report. An error outside a test's own lines counts as a failed test, and so
 * does a run that ended badly without one. Skipped tests are neither.
 * @param {string | undefined} report XML; undefined: pytest wrote none
 * @param {boolean} succeeded pytest's exit code was 0
 * @returns {PytestCount}
 */
export function pytestCount(report, succeeded) {
  const [suite] = /<testsuite [^>]*>/.exec(report ?? '') ?? [];
  if (!suite) return { passed: 0, failed: 1 };
  const failed = attribute(suite, 'failures') + attribute(suite, 'errors');
  const passed = attribute(suite, 'tests') - attribute(suite, 'skipped') - failed;
  return { passed: Math.max(passed, 0), failed: failed === 0 && !succeeded ? 1 : failed };
}

/**
 * @param {string} tag
 * @param {string} name
 * @returns {number}
 */
const attribute = (tag, name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(tag)?.[1] ?? 0);
