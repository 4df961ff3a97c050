import { describe, expect, it } from 'vitest';
import { readKeyPolicy, readPolicy } from './read-policy.js';

describe('a policy', () => {
  it.each([
    [{}, {}],
    [{ weight: 0.01 }, { weight: 0.01 }],
    [
      { weight: 1000, maxConcurrentTasks: 1, maxQueuedTasks: 5_000 },
      { weight: 1000, maxConcurrentTasks: 1, maxQueuedTasks: 5_000 },
    ],
    [{ maxQueuedTasks: null }, {}],
    [
      { requestsPerMinute: 1, readsPerMinute: 2, tokensPerMinute: 1e9, maxConcurrentRequests: 4 },
      { requestsPerMinute: 1, readsPerMinute: 2, tokensPerMinute: 1e9, maxConcurrentRequests: 4 },
    ],
    [{ dailyBudgetUsd: 0 }, { dailyBudgetUsd: 0 }],
    [{ monthlyBudgetUsd: 0.000000001 }, { monthlyBudgetUsd: 0.000000001 }],
    [{ monthlyBudgetUsd: 8_999_999.123456789 }, { monthlyBudgetUsd: 8_999_999.123456789 }],
    [{ monthlyBudgetUsd: 9_000_000 }, { monthlyBudgetUsd: 9_000_000 }],
    [{ models: { allow: ['gpt-5*', 'gpt-5*'], deny: null } }, { models: { allow: ['gpt-5*'] } }],
    [{ models: {} }, { models: {} }],
    [
      { endpoints: { allow: ['*', '/v1/*', '/*'], deny: ['POST /v1/files', '/v1/chat/*'] } },
      { endpoints: { allow: ['*', '/v1/*', '/*'], deny: ['POST /v1/files', '/v1/chat/*'] } },
    ],
    [{ maxTokens: 4096 }, { maxTokens: 4096 }],
    [
      { clientNetworks: ['203.0.113.7', '2001:DB8::/32', '10.0.0.0/8'] },
      { clientNetworks: ['203.0.113.7', '2001:db8::/32', '10.0.0.0/8'] },
    ],
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
    [{ requestPerMinute: 5 }, 'policy.requestPerMinute', /taken are requestsPerMinute, reads/],
    [
      { requestsPerMinute: 0 },
      'policy.requestsPerMinute',
      /at least 1, or null for no limit, not 0/,
    ],
    [{ dailyBudgetUsd: -0.01 }, 'policy.dailyBudgetUsd', /USD from 0/],
    [{ dailyBudgetUsd: '5' }, 'policy.dailyBudgetUsd', /not "5"/],
    [{ dailyBudgetUsd: 9_000_000.01 }, 'policy.dailyBudgetUsd', /to 9000000/],
    [{ monthlyBudgetUsd: 0.0000000001 }, 'policy.monthlyBudgetUsd', /at most 9 decimals/],
    [{ maxTokens: 1.5 }, 'policy.maxTokens', /whole number/],
    [{ models: ['gpt-5'] }, 'policy.models', /takes \{allow, deny\}/],
    [{ models: { only: ['gpt-5'] } }, 'policy.models.only', /taken are allow, deny/],
    [{ models: { allow: [] } }, 'policy.models.allow', /1 to 1000 entries/],
    [{ models: { allow: 'gpt-5' } }, 'policy.models.allow', /1 to 1000 entries/],
    [{ models: { deny: ['a', 'b c'] } }, 'policy.models.deny[1]', /model’s name/],
    [{ models: { deny: ['a'.repeat(257)] } }, 'policy.models.deny[0]', /at most 256 characters/],
    [
      { models: { deny: Array.from({ length: 1001 }, () => 'a') } },
      'policy.models.deny',
      /1 to 1000 entries/,
    ],
    ...[
      ['/chat/*', 'get /v1/files', 'FETCH /v1/files', '/v1/files/', '/v1//files', '/v1/../files'],
      ['/v1/files?x=1', '/v1/%66iles', 'GET  /v1/files', 'GET', 'v1/files', '/v1', '/v2/*', 7],
    ]
      .flat()
      .map((glob): [unknown, string, RegExp] => [
        { endpoints: { deny: [glob] } },
        'policy.endpoints.deny[0]',
        /takes a path below \/v1/,
      ]),
    ...[
      '10.0.0.0/33',
      '10.0.0.1, 10.0.0.2',
      '010.0.0.1',
      'fe80::1%eth0',
      'localhost',
      '',
      null,
    ].map((network): [unknown, string, RegExp] => [
      { clientNetworks: [network] },
      'policy.clientNetworks[0]',
      /takes an address or a CIDR/,
    ]),
    [{ clientNetworks: [] }, 'policy.clientNetworks', /1 to 1000 networks/],
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
    ['fast', 'policy', /object with requestsPerMinute/],
    [null, 'policy', /object with requestsPerMinute/],
    [[], 'policy', /object with requestsPerMinute/],
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

describe('a key’s policy', () => {
  it('takes what one key can be limited by', () => {
    const policy = { requestsPerMinute: 5, dailyBudgetUsd: 1.5, models: { deny: ['o3*'] } };

    expect(readKeyPolicy(policy)).toEqual(policy);
  });

  it.each([
    [{ weight: 2 }, /policy\.weight is not for a key: tasks wait for their whole tenant/],
    [{ maxConcurrentTasks: 2 }, /policy\.maxConcurrentTasks is not for a key/],
    [{ maxQueuedTasks: null }, /policy\.maxQueuedTasks is not for a key/],
    [{ callbackHosts: ['a.net'] }, /callback settings are those of a tenant/],
    [{ speed: 1 }, /not a field that is taken here; taken are requestsPerMinute/],
    [7, /policy takes an object with requestsPerMinute.*, not 7/],
  ])('%j is refused with the reason', (given, message) => {
    expect(() => readKeyPolicy(given)).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        message: expect.stringMatching(message),
      }),
    );
  });
});
