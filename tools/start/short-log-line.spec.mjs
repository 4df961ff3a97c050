import { expect, it } from 'vitest';
import { shortLogLine } from './short-log-line.mjs';

it.each([
  ['a warning', '{"level":40,"msg":"slow"}', 'stdout', 'api warning: slow'],
  [
    'an error with its cause',
    '{"level":50,"msg":"no answer","err":{"message":"ECONNREFUSED"}}',
    'stdout',
    'api error: no answer (ECONNREFUSED)',
  ],
  ['the story of a task', '{"level":30,"msg":"task submitted"}', 'stdout', undefined],
  ['a greeting', 'listening', 'stdout', undefined],
  [
    "a crash's trace",
    'TypeError: x is not a function',
    'stderr',
    'api: TypeError: x is not a function',
  ],
  ['an empty line', '', 'stderr', undefined],
])('shows %s as a terminal should', (_, line, stream, shown) => {
  expect(shortLogLine('api', line, stream)).toBe(shown);
});
