import { makeNewAttempt } from '@app/tasks/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTask, type OpenApi, openApi } from '../testing/open-api.js';

let api: OpenApi;
let attemptId: string;
beforeAll(async () => {
  api = await openApi();
  const task = await api.tasks.find(await createTask(api));
  if (!task) throw new Error('no task');
  const attempt = makeNewAttempt();
  attemptId = attempt.id;
  await api.tasks.apply({
    from: task,
    to: { ...task, status: 'handling', version: 1 },
    at: new Date(),
    cause: 'attempt 1 begins',
    nextActionAt: null,
    newAttempt: attempt,
  });
});
afterAll(async () => await api?.close());

const call = async (path: string, init: RequestInit = {}): Promise<Response> =>
  await fetch(api.url + path, { method: 'POST', ...init });
const ours = (provider = 'bfl', id = attemptId): string =>
  `/hooks/${provider}/${id}/${api.vendorHooks.sign(provider, id)}`;

describe('a vendor’s callback', () => {
  it('on a URL that we gave needs no key, and has the job looked at', async () => {
    const before = api.wakes.count;
    const response = await call(ours(), {
      body: '{"id":"job-1"}',
      headers: { 'content-type': 'application/json' },
    });

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ code: 0 });
    expect(api.wakes.count).toBe(before + 1);
  });

  it.each([
    ['no body', {}],
    ['no JSON', { body: '{"id":' }],
    ['another type', { body: 'id=1', headers: { 'content-type': 'text/plain' } }],
    ['a NUL', { body: '{"id":"\\u0000"}', headers: { 'content-type': 'application/json' } }],
    ['two megabytes', { body: `{"x":"${'y'.repeat(2_000_000)}"}` }],
  ])('with %s is taken all the same', async (_, init) => {
    expect((await call(ours(), init)).status).toBe(200);
  });

  it('on any other URL finds nothing, the same whatever is wrong with it', async () => {
    const forged = [
      `/hooks/bfl/${attemptId}/${'x'.repeat(32)}`,
      ours('bfl').replace('/bfl/', '/ark/'),
      ours('bfl', 'at-unknown'),
      ours('nobody', 'at-unknown'),
    ];
    const answers = await Promise.all(
      forged.map(async (path) => {
        const response = await call(path, { body: '{"id":"job-1"}' });
        return { status: response.status, body: await response.json() };
      }),
    );

    expect(answers).toMatchObject(
      forged.map(() => ({ status: 404, body: { message: 'No such hook.' } })),
    );
  });
});
