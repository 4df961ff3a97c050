import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Policy } from './policy.js';
import {
  bodyRules,
  endpointVerdict,
  maxTokensVerdict,
  modelVerdict,
  networkVerdict,
  requireAllowed,
} from './policy-verdict.js';

const tenant = (policy: Policy) => ({ policy, keyPolicy: {} });
const key = (keyPolicy: Policy) => ({ policy: {}, keyPolicy });

describe('networkVerdict', () => {
  it.each([
    [['10.0.0.0/8'], '10.1.2.3', true],
    [['10.0.0.0/8'], '11.1.2.3', false],
    [['192.0.2.7'], '192.0.2.7', true],
    [['192.0.2.7'], '192.0.2.8', false],
    [['2001:db8::/32'], '2001:db8::1', true],
    [['2001:db8::/32'], '10.1.2.3', false],
    [['10.0.0.0/8', '::1'], '::1', true],
    [['0.0.0.0/0'], '::1', false],
    [[], '10.1.2.3', false],
    [['nonsense'], '10.1.2.3', false],
    [['10.0.0.0/8'], 'unknown', false],
    [['10.0.0.0/8'], null, false],
  ])('%j and %s: %s', (clientNetworks, clientIp, isAllowed) => {
    expect(networkVerdict(tenant({ clientNetworks }), clientIp) === null).toBe(isAllowed);
    expect(networkVerdict(key({ clientNetworks }), clientIp) === null).toBe(isAllowed);
  });

  it('lets everybody in where no networks are named, also who is not known', () => {
    expect(networkVerdict(tenant({}), null)).toBeNull();
  });

  it('wants the address in the networks of both', () => {
    const both = {
      policy: { clientNetworks: ['10.0.0.0/8'] },
      keyPolicy: { clientNetworks: ['10.1.0.0/16'] },
    };

    expect(networkVerdict(both, '10.1.0.1')).toBeNull();
    expect(networkVerdict(both, '10.2.0.1')?.reason).toBe(
      "Calls from 10.2.0.1 are not allowed by this key's policy (clientNetworks).",
    );
  });
});

describe('endpointVerdict', () => {
  it.each<[Policy['endpoints'], string, string, boolean]>([
    [undefined, 'POST', '/v1/files', true],
    [{}, 'POST', '/v1/files', true],
    [{ deny: [] }, 'POST', '/v1/files', true],
    [{ allow: [] }, 'POST', '/v1/files', false],
    [{ allow: ['/v1/chat/*'] }, 'POST', '/v1/chat/completions', true],
    [{ allow: ['/v1/chat/*'] }, 'POST', '/v1/chat', false],
    [{ allow: ['/v1/chat/*'] }, 'POST', '/v1/responses', false],
    [{ allow: ['POST /v1/files'] }, 'POST', '/v1/files', true],
    [{ allow: ['POST /v1/files'] }, 'DELETE', '/v1/files', false],
    [{ allow: ['post  /v1/files '] }, 'POST', '/v1/files', true],
    [{ allow: ['GET /v1/files*'] }, 'HEAD', '/v1/files/f_1', true],
    [{ deny: ['GET /v1/files*'] }, 'HEAD', '/v1/files/f_1', false],
    [{ deny: ['HEAD /v1/files*'] }, 'GET', '/v1/files/f_1', true],
    [{ deny: ['/v1/files*'] }, 'GET', '/v1/FILES/f_1', false],
    [{ deny: ['DELETE *'] }, 'DELETE', '/v1/files/f_1', false],
    [{ deny: ['DELETE *'] }, 'GET', '/v1/files/f_1', true],
    [{ allow: ['*'], deny: ['/v1/tasks/*/cancel'] }, 'POST', '/v1/tasks/tk-1/cancel', false],
    [{ allow: ['/v1/files*'], deny: ['*'] }, 'GET', '/v1/files', false],
  ])('%j: %s %s: %s', (endpoints, method, path, isAllowed) => {
    const policy = endpoints ? { endpoints } : {};

    expect(endpointVerdict(tenant(policy), { method, path }) === null).toBe(isAllowed);
    expect(endpointVerdict(key(policy), { method, path }) === null).toBe(isAllowed);
  });

  it.each<[Policy, Policy, boolean]>([
    [{}, {}, false],
    [{ endpoints: { allow: ['*'] } }, {}, false],
    [{ endpoints: { allow: ['/v1/*'] } }, {}, false],
    [{ endpoints: { allow: ['/v1/organization*'] } }, {}, true],
    [{ endpoints: { allow: ['GET /v1/organization/users'] } }, {}, true],
    [{ endpoints: { allow: ['POST /v1/organization/users'] } }, {}, false],
    [{ endpoints: { allow: ['/v1/organizations'] } }, {}, false],
    [{}, { endpoints: { allow: ['/v1/organization/*'] } }, false],
    [{ endpoints: { allow: ['/v1/organization/*'] } }, { endpoints: { allow: ['*'] } }, false],
    [
      { endpoints: { allow: ['/v1/organization/*'] } },
      { endpoints: { allow: ['/v1/organization/users'] } },
      true,
    ],
  ])(
    "forwards what administers the upstream's account for %j and %j: %s",
    (policy, keyPolicy, isAllowed) => {
      const path = '/v1/Organization/users';

      const verdict = endpointVerdict({ policy, keyPolicy }, { method: 'GET', path });

      expect(verdict === null).toBe(isAllowed);
    },
  );

  it('says what is allowed', () => {
    const policies = tenant({ endpoints: { allow: ['/v1/chat/*', 'GET /v1/models'] } });

    expect(endpointVerdict(policies, { method: 'POST', path: '/v1/files' })).toEqual({
      reason:
        "POST /v1/files is not allowed by your account's policy: allowed is /v1/chat/*, GET /v1/models.",
      param: null,
    });
  });
});

describe('modelVerdict', () => {
  it.each<[Policy['models'], readonly string[], boolean]>([
    [undefined, [], true],
    [{}, [], true],
    [{ deny: [] }, [], true],
    [{ deny: ['o3'] }, [], false],
    [{ allow: ['gpt-5*'] }, ['gpt-5-mini'], true],
    [{ allow: ['gpt-5*'] }, ['GPT-5'], true],
    [{ allow: ['gpt-4.1'] }, ['gpt-4-1'], true],
    [{ allow: ['gpt-5*'] }, ['o3'], false],
    [{ allow: [] }, ['o3'], false],
    [{ deny: ['qwen-image-2.0'] }, ['qwen-image-2-0'], false],
    [{ deny: ['qwen-image-2-0'] }, ['qwen', 'qwen-image-2-0', 'qwen-2'], false],
    [{ deny: ['qwen'] }, ['qwen-2', 'qwen-image-2-0', 'qwen'], false],
    [{ allow: ['qwen-image-2-0'] }, ['qwen', 'qwen-image-2-0'], true],
    [{ allow: ['*'], deny: ['*pro*'] }, ['o3-pro'], false],
    [{ deny: ['gpt-5'] }, [' GPT-5 '], false],
  ])('%j and %j: %s', (models, names, isAllowed) => {
    const policy = models ? { models } : {};

    expect(modelVerdict(tenant(policy), names) === null).toBe(isAllowed);
    expect(modelVerdict(key(policy), names) === null).toBe(isAllowed);
  });

  it('never lets through under one name what is denied under another', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'B', '.', '-'),
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1 }), fc.nat(), (names, at) => {
        const denied = names[at % names.length] ?? '';

        expect(modelVerdict(tenant({ models: { deny: [denied] } }), names)).not.toBeNull();
      }),
    );
  });

  it('blames the field, and cuts what was asked and what it lists', () => {
    const allow = Array.from({ length: 25 }, (_, at) => `m${at}`);

    const refusal = modelVerdict(tenant({ models: { allow } }), ['x'.repeat(500)]);

    expect(refusal?.param).toBe('model');
    expect(refusal?.reason).toMatch(/^Model "x{80}" is not allowed .*m0, .*m19 and 5 more\.$/);
    expect(() => requireAllowed(refusal)).toThrow(
      expect.objectContaining({ code: 'POLICY_VIOLATION', param: 'model' }),
    );
  });
});

describe('maxTokensVerdict', () => {
  it.each<[number | undefined, number | null, boolean]>([
    [undefined, null, true],
    [undefined, 1e9, true],
    [100, 100, true],
    [100, 0, true],
    [100, 101, false],
    [100, null, false],
    [0, 0, true],
    [0, 1, false],
  ])('with %s asked for %s: %s', (maxTokens, asked, isAllowed) => {
    const policy = maxTokens === undefined ? {} : { maxTokens };
    const call = { maxTokens: asked, field: 'max_output_tokens' };

    expect(maxTokensVerdict(tenant(policy), call) === null).toBe(isAllowed);
    expect(maxTokensVerdict(key(policy), call) === null).toBe(isAllowed);
  });

  it('says which field to send', () => {
    const call = { maxTokens: null, field: 'max_completion_tokens' };

    expect(maxTokensVerdict(tenant({ maxTokens: 64 }), call)).toEqual({
      reason:
        "max_completion_tokens is missing: your account's policy limits each answer to 64 tokens, so the request must name a maximum.",
      param: 'max_completion_tokens',
    });
  });

  it('holds the tighter of both', () => {
    const both = { policy: { maxTokens: 10 }, keyPolicy: { maxTokens: 5 } };

    expect(maxTokensVerdict(both, { maxTokens: 7, field: 'max_tokens' })?.reason).toBe(
      "max_tokens is at most 5 by this key's policy, not 7.",
    );
  });
});

describe('bodyRules', () => {
  it.each<[Policy, Policy, readonly string[]]>([
    [{}, {}, []],
    [{ requestsPerMinute: 1, endpoints: { deny: ['*'] }, models: { deny: [] } }, {}, []],
    [{ models: { allow: [] } }, {}, ['models']],
    [{}, { models: { deny: ['x'] }, maxTokens: 0 }, ['models', 'maxTokens']],
    [{ dailyBudgetUsd: 0 }, { monthlyBudgetUsd: 0 }, ['dailyBudgetUsd', 'monthlyBudgetUsd']],
    [{ tokensPerMinute: 5 }, {}, ['tokensPerMinute']],
  ])('of %j and %j are %j', (policy, keyPolicy, fields) => {
    expect(bodyRules({ policy, keyPolicy })).toEqual(fields);
  });
});
