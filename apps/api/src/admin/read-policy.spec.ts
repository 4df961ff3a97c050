import { describe, expect, it } from 'vitest';
import { readPolicy } from './read-policy.js';

describe('a policy', () => {
  it.each([
    [{}, {}],
    [{ weight: 0.01 }, { weight: 0.01 }],
    [
      { weight: 1000, maxConcurrentTasks: 1, maxQueuedTasks: 5_000 },
      { weight: 1000, maxConcurrentTasks: 1, maxQueuedTasks: 5_000 },
    ],
    [{ maxQueuedTasks: null }, {}],
    [{ callbackHosts: null }, {}],
    [
      { callbackHosts: ['Example.com.', '*.example.com', 'example.com'] },
      { callbackHosts: ['example.com', '*.example.com'] },
    ],
  ])('%j is taken', (given, policy) => {
    expect(readPolicy(given)).toEqual(policy);
  });

  it.each([
    [{ weight: 0 }, 'policy.weight', /0\.01 to 1000, not 0/],
    [{ weight: 1001 }, 'policy.weight', /0\.01 to 1000/],
    [{ weight: '2' }, 'policy.weight', /not "2"/],
    [{ maxConcurrentTasks: 0 }, 'policy.maxConcurrentTasks', /at least 1/],
    [{ maxQueuedTasks: 1.5 }, 'policy.maxQueuedTasks', /whole number/],
    [{ maxQueuedTasks: 1e12 }, 'policy.maxQueuedTasks', /whole number/],
    [
      { requestsPerMinute: 5 },
      'policy.requestsPerMinute',
      /taken are weight, maxConcurrentTasks, maxQueuedTasks/,
    ],
    [{ callbackHosts: [] }, 'policy.callbackHosts', /1 to 50 hosts, or null for all, not \[\]/],
    [{ callbackHosts: 'example.com' }, 'policy.callbackHosts', /takes a list of 1 to 50 hosts/],
    [{ callbackHosts: ['a.net', '*'] }, 'policy.callbackHosts[1]', /it takes a host such as/],
    [{ callbackHosts: ['a.net', 1] }, 'policy.callbackHosts[1]', /not 1/],
    [
      { callbackHosts: Array.from({ length: 51 }, () => 'a.net') },
      'policy.callbackHosts',
      /at most 50 hosts, not 51/,
    ],
    [{ toString: 1 }, 'policy.toString', /not a field/],
    ['fast', 'policy', /object with weight/],
    [null, 'policy', /object with weight/],
    [[], 'policy', /object with weight/],
  ])('%j is refused naming %s', (given, param, message) => {
    expect(() => readPolicy(given)).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        param,
        message: expect.stringMatching(message),
      }),
    );
  });
});
