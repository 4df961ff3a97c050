/**
 * The parts of vitest's JSON report (jest's shape) that are counted here.
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {readonly { status: string, assertionResults: readonly { status: string }[] }[]} testResults one a file
 */

/**
 * A file that fails to load, or an error outside every test, has no failed test: it counts as one.
 * @param {Report | undefined} report
 * @param {boolean} succeeded the run's exit code was 0
 * @returns {{ passed: number, failed: number }}
 */
export function testCount(report, succeeded) {
  if (!report) return { passed: 0, failed: 1 };
  const brokenFiles = report.testResults.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = report.numFailedTests + brokenFiles.length;
  return { passed: report.numPassedTests, failed: failed === 0 && !succeeded ? 1 : failed };
}
