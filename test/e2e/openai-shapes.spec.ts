import { readFileSync } from 'node:fs';
import OpenAI, {
  APIError,
  APIUserAbortError,
  BadRequestError,
  NotFoundError,
  toFile,
} from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

const PICTURE = readFileSync(
  new URL('../../libs/outputs/src/testing/fixtures/picture.png', import.meta.url),
);

let stack: Stack;
let openai: OpenAI;
let gateway: GatewayClient;
let sandbox: SandboxControl;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '50' } });
  openai = new OpenAI({ apiKey: 'tenant-a', baseURL: `${stack.url}/v1`, maxRetries: 0 });
  gateway = new GatewayClient(stack.url, 'tenant-a');
  sandbox = new SandboxControl(stack.sandbox.url);
});
afterAll(async () => await stack?.stop());

const bytesOf = (base64: string | undefined): Buffer => Buffer.from(base64 ?? '', 'base64');
const isPng = (bytes: Buffer): boolean => bytes.subarray(1, 4).toString() === 'PNG';

/** The newest task, as the gateway's own list shows it. */
async function newestTask(): Promise<{ taskId: string; status: string; model: string }> {
  const { body } = await gateway.request('/v1/tasks?size=1');
  const { data } = body as {
    data: { tasks: [{ taskId: string; status: string; model: string }] };
  };
  return data.tasks[0];
}

describe('images.generate', () => {
  it('makes pictures with models of other vendors, each as a task', async () => {
    for (const model of ['flux-2-pro', 'qwen-image-2-0']) {
      const { data: answer, response } = await openai.images
        .generate({ model, prompt: 'a paper boat', size: '1024x1024', user: 'u-1' })
        .withResponse();
      const task = await gateway.request(
        `/v1/tasks/${response.headers.get('x-taskgate-task-id') ?? ''}`,
      );

      expect(bytesOf(answer.data?.[0]?.b64_json).length).toBeGreaterThan(50);
      expect(answer).toMatchObject({ size: '1024x1024', created: expect.any(Number) });
      expect(task.body).toMatchObject({ data: { model, status: 'success' } });
    }
  });

  it('gives several, and links where links are asked for', async () => {
    const { data = [] } = await openai.images.generate({
      model: 'qwen-image-2.0',
      prompt: 'a paper boat',
      n: 2,
      response_format: 'url',
    });
    const pictures = await Promise.all(data.map(async ({ url = '' }) => await fetch(url)));

    expect(pictures.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('streams the finished picture', async () => {
    const stream = await openai.images.generate({
      model: 'flux-2-pro',
      prompt: 'a paper boat',
      stream: true,
    });
    const events = [];
    for await (const event of stream) events.push(event);

    expect(events.map(({ type }) => type)).toEqual(['image_generation.completed']);
    expect(bytesOf(events[0]?.b64_json).length).toBeGreaterThan(50);
  });

  it('takes further fields of the model', async () => {
    const extra = { seed: 7, output_format: 'png' as const };
    const answer = await openai.images.generate({
      model: 'flux-2-pro',
      prompt: 'a paper boat',
      ...extra,
    });

    expect(answer.output_format).toBe('png');
    expect(isPng(bytesOf(answer.data?.[0]?.b64_json))).toBe(true);
  });

  it('gets the same task for the same key, also while it runs', async () => {
    const body = { model: 'flux-2-pro', prompt: 'once [[delay:1s]]' };
    const options = { headers: { 'Idempotency-Key': 'shape-1' } };
    const ask = async () => await openai.images.generate(body, options).withResponse();
    const [first, second] = await Promise.all([ask(), ask()]);
    const third = await ask();
    const ids = [first, second, third].map(({ response }) =>
      response.headers.get('x-taskgate-task-id'),
    );

    expect(new Set(ids).size).toBe(1);
    expect(third.response.headers.get('idempotent-replay')).toBe('true');
    expect(third.data.data).toEqual(first.data.data);
    expect(await sandbox.submits(body.prompt)).toHaveLength(1);
  });

  it('leaves a task behind when the client hangs up', async () => {
    const leaving = new AbortController();
    const asked = openai.images.generate(
      { model: 'flux-2-pro', prompt: 'left [[delay:1s]]' },
      { signal: leaving.signal },
    );
    const left = asked.catch((error: unknown) => error);
    await expect.poll(async () => await sandbox.submits('left [[delay:1s]]')).toHaveLength(1);
    leaving.abort();
    expect(await left).toBeInstanceOf(APIUserAbortError);
    const { taskId } = await newestTask();
    const { body } = await gateway.request(`/v1/tasks/${taskId}?wait=20`);

    expect(body).toMatchObject({ data: { status: 'success', model: 'flux-2-pro' } });
  });

  it('is told when its process stops, and finds its task at another one by its key', async () => {
    const leaving = await stack.startApi();
    const there = new OpenAI({ apiKey: 'tenant-a', baseURL: `${leaving.url}/v1`, maxRetries: 0 });
    const body = { model: 'flux-2-pro', prompt: 'moved [[delay:4s]]' };
    const options = { headers: { 'Idempotency-Key': 'moved-1' } };
    const submits = async () => await sandbox.submits(body.prompt);
    const asked = there.images.generate(body, options).catch((error: unknown) => error);
    await expect.poll(submits).toHaveLength(1);
    await leaving.stop();
    const { data, response } = await openai.images.generate(body, options).withResponse();

    expect(await asked).toMatchObject({ status: 503, code: 'service_unavailable' });
    expect(response.headers.get('idempotent-replay')).toBe('true');
    expect(bytesOf(data.data?.[0]?.b64_json).length).toBeGreaterThan(50);
    expect(await submits()).toHaveLength(1);
  });

  it('tells of a refusal by the vendor’s moderation as OpenAI does', async () => {
    const asked = openai.images.generate({ model: 'flux-2-pro', prompt: '[[fault:moderated]]' });

    await expect(asked).rejects.toBeInstanceOf(BadRequestError);
    await expect(asked).rejects.toMatchObject({
      code: 'moderation_blocked',
      type: 'image_generation_user_error',
    });
  });

  it('raises the same refusal out of a stream', async () => {
    const stream = await openai.images.generate({
      model: 'flux-2-pro',
      prompt: '[[fault:moderated]]',
      stream: true,
    });
    const read = async () => {
      for await (const event of stream) expect(event).toBeUndefined();
    };

    await expect(read()).rejects.toMatchObject({ code: 'moderation_blocked' });
  });

  it('refuses what the model does not take, by the field’s own name', async () => {
    const asked = openai.images.generate({
      model: 'flux-2-pro',
      prompt: 'a paper boat',
      style: 'vivid',
    });

    await expect(asked).rejects.toMatchObject({ status: 400, param: 'style' });
    await expect(asked).rejects.toThrow(/Unknown field "style"/);
  });

  it('passes OpenAI’s own models through', async () => {
    const before = (await newestTask()).taskId;
    const { data, response } = await openai.images
      .generate({ model: 'gpt-image-2', prompt: 'a red boat' })
      .withResponse();

    expect(isPng(bytesOf(data.data?.[0]?.b64_json))).toBe(true);
    expect(response.headers.get('openai-version')).toBe('2020-10-01');
    expect(response.headers.get('x-taskgate-task-id')).toBeNull();
    expect((await newestTask()).taskId).toBe(before);
  });
});

describe('images.edit', () => {
  it('works on files and a mask, with the model named first or last', async () => {
    const file = await toFile(PICTURE, 'picture.png', { type: 'image/png' });
    for (const body of [
      { model: 'flux-2-pro', image: file, prompt: 'with a hat' },
      { image: [file, file], prompt: 'with two hats', model: 'flux-2-pro' },
      { model: 'flux-fill', image: file, mask: file, prompt: 'with a hat there' },
    ]) {
      const { data } = await openai.images.edit(body);

      expect(bytesOf(data?.[0]?.b64_json).length).toBeGreaterThan(50);
    }
  });

  it('gets the same task for the same key, though each form has another boundary', async () => {
    const file = await toFile(PICTURE, 'picture.png', { type: 'image/png' });
    const body = { model: 'flux-2-pro', image: file, prompt: 'the same hat' };
    const ask = async () =>
      await openai.images.edit(body, { headers: { 'Idempotency-Key': 'edit-1' } }).withResponse();
    const first = await ask();
    const second = await ask();

    expect(second.response.headers.get('idempotent-replay')).toBe('true');
    expect(second.data.data).toEqual(first.data.data);
  });

  it('refuses a file that is no picture, and a model that takes none', async () => {
    const text = await toFile(Buffer.from('hello there'), 'picture.png', { type: 'image/png' });
    const picture = await toFile(PICTURE, 'picture.png', { type: 'image/png' });

    for (const [model, image] of [
      ['flux-2-pro', text],
      ['qwen-image-plus', picture],
    ] as const) {
      await expect(openai.images.edit({ model, image, prompt: 'x' })).rejects.toMatchObject({
        status: 400,
        param: 'image',
      });
    }
  });

  it('passes OpenAI’s own models through', async () => {
    const image = await toFile(PICTURE, 'picture.png', { type: 'image/png' });
    const { response } = await openai.images
      .edit({ model: 'gpt-image-2', image, prompt: 'x' })
      .withResponse()
      .catch((error: unknown) => ({ response: new Response(null, { headers: headersOf(error) }) }));

    expect(response.headers.get('openai-version')).toBe('2020-10-01');
  });
});

const headersOf = (error: unknown): Headers => {
  const headers: unknown = error instanceof APIError ? error.headers : null;
  return headers instanceof Headers ? headers : new Headers();
};
const ids = async (order: 'asc' | 'desc') => {
  const found = [];
  for await (const { id } of openai.videos.list({ limit: 2, order })) found.push(id);
  return found;
};

describe('videos', () => {
  it('are created, looked at, downloaded, listed and deleted', async () => {
    const made = await openai.videos.create({
      model: 'veo-3-1',
      prompt: 'a paper boat',
      seconds: '8',
      size: '1280x720',
    });
    expect(made).toMatchObject({
      object: 'video',
      status: 'queued',
      seconds: '8',
      size: '1280x720',
      prompt: 'a paper boat',
    });

    await expect.poll(async () => (await openai.videos.retrieve(made.id)).status).toBe('completed');
    const { id } = made;
    const content = await openai.videos.downloadContent(id);
    const bytes = Buffer.from(await content.arrayBuffer());
    const part = await fetch(`${stack.url}/v1/videos/${id}/content`, {
      headers: { authorization: 'Bearer tenant-a', range: 'bytes=0-9' },
    });
    const listed = [];
    for await (const video of openai.videos.list({ limit: 1 })) listed.push(video.id);

    expect(content.headers.get('content-type')).toBe('video/mp4');
    expect(bytes.subarray(4, 8).toString()).toBe('ftyp');
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(0, 10));
    expect(listed).toContain(id);
    expect(await openai.videos.delete(id)).toEqual({ id, object: 'video.deleted', deleted: true });
    await expect(openai.videos.retrieve(id)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('begin with a picture that is sent along', async () => {
    const made = await openai.videos.create({
      model: 'veo-3-1',
      prompt: 'it moves',
      input_reference: await toFile(PICTURE, 'first.png', { type: 'image/png' }),
    });

    await expect.poll(async () => (await openai.videos.retrieve(made.id)).status).toBe('completed');
  });

  it('tell why they failed, and have no content then', async () => {
    const made = await openai.videos.create({ model: 'veo-3-1', prompt: '[[fault:moderated]]' });
    await expect.poll(async () => (await openai.videos.retrieve(made.id)).status).toBe('failed');

    expect((await openai.videos.retrieve(made.id)).error).toMatchObject({
      code: 'moderation_blocked',
    });
    await expect(openai.videos.downloadContent(made.id)).rejects.toBeInstanceOf(BadRequestError);
  });

  it('are not deleted, nor downloaded, before they are finished', async () => {
    const made = await openai.videos.create({
      model: 'veo-3-1',
      prompt: 'slow [[delay:3s]]',
    });

    await expect(openai.videos.delete(made.id)).rejects.toBeInstanceOf(BadRequestError);
    await expect(openai.videos.downloadContent(made.id)).rejects.toBeInstanceOf(BadRequestError);
  });

  it('are listed page by page, in both orders', async () => {
    const newest = await ids('desc');

    expect(newest.length).toBeGreaterThan(2);
    expect(newest).toEqual(newest.toSorted().toReversed());
    expect(await ids('asc')).toEqual(newest.toReversed());
  });

  it('are the tenant’s own, and pictures are none', async () => {
    const made = await openai.videos.create({ model: 'veo-3-1', prompt: 'mine' });
    await openai.images.generate({ model: 'flux-2-pro', prompt: 'a picture' });
    const picture = await newestTask();
    const other = new OpenAI({ apiKey: 'tenant-b', baseURL: `${stack.url}/v1`, maxRetries: 0 });

    await expect(other.videos.retrieve(made.id)).rejects.toBeInstanceOf(NotFoundError);
    await expect(openai.videos.retrieve(picture.taskId)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('refuse a length or a size that the model lacks, and a model that makes pictures', async () => {
    const ask = { model: 'veo-3-1', prompt: 'a boat' };

    for (const [more, param] of [
      [{ seconds: '5' }, 'seconds'],
      [{ size: '1792x1024' }, 'size'],
      [{ model: 'flux-2-pro' }, 'model'],
    ] as const) {
      // As text, because OpenAI's types know its own sizes alone.
      await expect(openai.videos.create({ ...ask, ...(more as object) })).rejects.toMatchObject({
        status: 400,
        param,
      });
    }
  });
});

describe('models.list', () => {
  it('shows the upstream’s and the catalog’s', async () => {
    const found = new Map<string, string>();
    for await (const { id, owned_by: owner } of openai.models.list()) found.set(id, owner);

    expect(found.get('flux-2-pro')).toBe('bfl');
    expect(found.get('veo-3-1')).toBe('vertex');
    expect([...found.keys()]).toContain('gpt-5');
    expect(await openai.models.retrieve('flux-2.pro')).toMatchObject({ id: 'flux-2-pro' });
    expect(await openai.models.retrieve('gpt-5')).toMatchObject({ id: 'gpt-5' });
  });
});

const idOf = async (model: string) => {
  const { response } = await openai.images.generate({ model, prompt: 'audited' }).withResponse();
  return response.headers.get('x-taskgate-request-id') ?? '';
};

/** A new key of a new tenant. */
async function keyWith(scopes: readonly string[]): Promise<string> {
  const admin = new GatewayClient(stack.url, stack.adminToken);
  const made = await admin.request('/admin/tenants', { body: { name: 'limited' } });
  const { id } = (made.body as { data: { id: string } }).data;
  const issued = await admin.request(`/admin/tenants/${id}/keys`, { body: { scopes } });
  return (issued.body as { data: { key: string } }).data.key;
}

describe('the gateway’s own duties', () => {
  it('leave one audit row a request, whoever served it', async () => {
    const admin = new GatewayClient(stack.url, stack.adminToken);
    for (const [model, path] of [
      ['flux-2-pro', '/v1/images/generations'],
      ['gpt-image-2', '/v1/images/generations'],
    ] as const) {
      const requestId = await idOf(model);
      const rows = async () =>
        (
          (await admin.request(`/admin/audit?requestId=${requestId}`)).body as {
            data: { rows: readonly { model: string; path: string; status: number }[] };
          }
        ).data.rows;

      await expect.poll(rows).toHaveLength(1);
      expect((await rows())[0]).toMatchObject({ model, path, status: 200 });
    }
  });

  it('keep to the scopes of a key, by who serves the model', async () => {
    const key = await keyWith(['tasks']);
    const limited = new OpenAI({ apiKey: key, baseURL: `${stack.url}/v1`, maxRetries: 0 });
    const statusOf = async (model: string): Promise<unknown> => {
      const asked = limited.images.generate({ model, prompt: 'scoped' });
      const thrown: unknown = await asked.then(() => null).catch((error: unknown) => error);
      return thrown instanceof APIError ? thrown.status : 'made';
    };

    expect(await statusOf('flux-2-pro')).toBe('made');
    expect(await statusOf('gpt-image-2')).toBe(403);
  });

  it('refuse other methods on a task’s video', async () => {
    const { status } = await gateway.request('/v1/videos/tk-01JD0000000000000000000000', {
      method: 'PATCH',
      body: {},
    });

    expect(status).toBe(405);
  });
});
