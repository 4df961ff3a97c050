import { describe, expect, it } from 'vitest';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const MODEL =
  '/vertex/v1/projects/p/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001';
const veo = (prompt: string, parameters: object = {}): object => ({
  instances: [{ prompt }],
  parameters: { durationSeconds: 4, aspectRatio: '9:16', ...parameters },
});

interface Operation {
  name: string;
  done?: boolean;
  error?: object;
  response?: { videos?: { bytesBase64Encoded?: string; gcsUri?: string }[] };
}

async function submit(sandbox: TestSandbox, body: object): Promise<string> {
  const response = await sandbox.post(`${MODEL}:predictLongRunning`, body);
  return ((await response.json()) as Operation).name;
}

async function poll(sandbox: TestSandbox, operationName: string): Promise<Operation> {
  const response = await sandbox.post(`${MODEL}:fetchPredictOperation`, { operationName });
  return (await response.json()) as Operation;
}

describe('the Vertex stand-in', () => {
  it('has no done until the inline videos are there', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const name = await submit(sandbox, veo('a fox', { sampleCount: 2 }));

    const running = await poll(sandbox, name);
    sandbox.pass(1000);
    const done = await poll(sandbox, name);

    const videos = done.response?.videos ?? [];
    const starts = videos.map(({ bytesBase64Encoded = '' }) =>
      Buffer.from(bytesBase64Encoded, 'base64').toString('latin1', 4, 8),
    );
    expect(running).toEqual({ name });
    expect(done.done).toBe(true);
    expect(starts).toEqual(['ftyp', 'ftyp']);
    expect(await sandbox.submits()).toMatchObject([
      { provider: 'vertex', model: 'veo-3.1-fast-generate-001', vendorId: name },
    ]);
  });

  it('names objects in the bucket that the caller named', async () => {
    const sandbox = await startSandbox();

    const done = await poll(sandbox, await submit(sandbox, veo('x', { storageUri: 'gs://b/a/' })));

    expect(done.response?.videos?.[0]?.gcsUri).toMatch(/^gs:\/\/b\/a\/[-0-9a-f]+\/sample_0\.mp4$/);
  });

  it('shows a filtered and a failed operation', async () => {
    const sandbox = await startSandbox();

    const filtered = await poll(sandbox, await submit(sandbox, veo('x [[fault:moderated]]')));
    const failed = await poll(sandbox, await submit(sandbox, veo('x [[fault:fail]]')));

    expect(filtered.response).toMatchObject({ raiMediaFilteredCount: 1 });
    expect(filtered.response).not.toHaveProperty('videos');
    expect(failed).toMatchObject({ done: true, error: { code: 13 } });
  });

  it('cuts the answer that holds the video', async () => {
    const sandbox = await startSandbox();
    const name = await submit(sandbox, veo('x [[fault:truncated-output:1]]'));

    await expect(poll(sandbox, name)).rejects.toThrow('terminated');
    expect((await poll(sandbox, name)).done).toBe(true);
  });

  it.each([
    ['a wrong token', MODEL, veo('x'), { authorization: 'Bearer wrong' }, 401, 'UNAUTHENTICATED'],
    ['no token', MODEL, veo('x'), {}, 401, 'UNAUTHENTICATED'],
    ['an unknown parameter', MODEL, veo('x', { size: '1x1' }), undefined, 400, 'INVALID_ARGUMENT'],
    ['5 seconds', MODEL, veo('x', { durationSeconds: 5 }), undefined, 400, 'INVALID_ARGUMENT'],
    ['a square', MODEL, veo('x', { aspectRatio: '1:1' }), undefined, 400, 'INVALID_ARGUMENT'],
    ['no instance', MODEL, { instances: [] }, undefined, 400, 'INVALID_ARGUMENT'],
    ['regress', MODEL, veo('[[fault:regress]]'), undefined, 400, 'INVALID_ARGUMENT'],
    ['a retired model', MODEL.replace('3.1', '2.0'), veo('x'), undefined, 404, 'NOT_FOUND'],
  ])('refuses %s', async (_what, model, body, headers, code, status) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(`${model}:predictLongRunning`, body, headers);

    expect(response.status).toBe(code);
    expect(await response.json()).toMatchObject({
      error: { code, status, message: expect.any(String) },
    });
    expect(await sandbox.submits()).toEqual([]);
  });

  it('does not know an operation it did not start', async () => {
    const sandbox = await startSandbox();
    const name = (await submit(sandbox, veo('x'))).replace(/[^/]+$/, 'other');

    expect(await poll(sandbox, name)).toMatchObject({ error: { code: 404 } });
  });
});
