import { expect, it } from 'vitest';
import { testCount } from './test-count.mjs';

const GOOD = { status: 'passed', assertionResults: [{ status: 'passed' }] };
const BAD = { status: 'failed', assertionResults: [{ status: 'failed' }] };
const BROKEN = { status: 'failed', assertionResults: [] };

it.each([
  ['only good files', { numPassedTests: 1, numFailedTests: 0, testResults: [GOOD] }, true, [1, 0]],
  [
    'a failed test',
    { numPassedTests: 1, numFailedTests: 1, testResults: [GOOD, BAD] },
    false,
    [1, 1],
  ],
  [
    'a file that does not load',
    { numPassedTests: 1, numFailedTests: 0, testResults: [GOOD, BROKEN] },
    false,
    [1, 1],
  ],
  [
    'an error outside every test',
    { numPassedTests: 1, numFailedTests: 0, testResults: [GOOD] },
    false,
    [1, 1],
  ],
  ['no report', undefined, false, [0, 1]],
])('counts %s', (_, report, succeeded, [passed, failed]) => {
  expect(testCount(report, succeeded)).toEqual({ passed, failed });
});
