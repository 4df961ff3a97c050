import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, GatewayClient, type TaskDetail } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;
let sandbox: SandboxControl;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '200' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
  sandbox = new SandboxControl(stack.sandbox.url);
});
afterAll(async () => await stack?.stop());

const dataOf = ({ body }: Answer): unknown => (body as { data: unknown }).data;

describe('a task of every model', () => {
  it.each([
    ['qwen-image-2-0', 'dashscope', 'image/png'],
    ['gpt-image-2', 'openai', 'image/png'],
    ['flux-2-pro', 'bfl', 'image/jpeg'],
    ['veo-3-1', 'vertex', 'video/mp4'],
    ['happyhorse-1-0', 'dashscope', 'video/mp4'],
  ])('%s goes through its states to an output that opens', async (model, provider, mime) => {
    const prompt = `a glass data center for ${model}`;
    const taskId = await client.createTask({ model, input: { prompt, aspect_ratio: '16:9' } });
    const seen = await client.watch(taskId);
    const task = await client.untilTerminal(taskId);

    expect(taskId).toMatch(/^tk-[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(isInOrder(seen)).toBe(true);
    expect(task).toMatchObject({ model, provider, status: 'success', progress: 100, metadata: {} });
    expect(task.output).toHaveLength(1);
    const [output] = task.output ?? [];
    const download = await fetch(output?.url ?? '');
    const bytes = Buffer.from(await download.arrayBuffer());
    expect(download.headers.get('content-type')).toBe(mime);
    expect(output).toMatchObject({
      mime,
      type: mime.split('/')[0],
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(mimeOf(bytes)).toBe(mime);
    expect(await sandbox.submits(prompt)).toMatchObject([{ provider }]);
  });

  it('is sent what its vendor calls a 16:9 picture', async () => {
    const taskId = await client.createTask({
      model: 'qwen-image-2-0',
      input: { prompt: 'wide', aspect_ratio: '16:9' },
    });
    const task = await client.untilTerminal(taskId);

    expect(task.output).toMatchObject([{ width: 1664, height: 928 }]);
    expect(task.usage).toEqual({ unit: 'image', quantity: 1, costUsd: null });
  });

  it.each(['qwen-image-2.0', 'QWEN-IMAGE-2-0', 'Qwen-Image-2.0'])(
    'takes the name %s',
    async (model) => {
      const taskId = await client.createTask({ model, input: { prompt: `named ${model}` } });

      expect(await client.getTask(taskId)).toMatchObject({ model: 'qwen-image-2-0' });
    },
  );

  it('shows a finished task with just the fields of the contract', async () => {
    const metadata = { order: '4711', note: 'größer 🚀' };
    const body = { model: 'flux-2-pro', input: { prompt: 'detail' }, metadata };
    const before = Math.floor(Date.now() / 1000);
    const task = await client.untilTerminal(await client.createTask(body));
    const after = Math.ceil(Date.now() / 1000);

    expect(Object.keys(task).toSorted()).toEqual(
      'completed created metadata model output progress provider seq started status storage taskId usage'.split(
        ' ',
      ),
    );
    expect(task.metadata).toEqual(metadata);
    const times = [before, task.created, task.started, task.completed, after];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const [output] = task.output ?? [];
    expect(Object.keys(output ?? {}).toSorted()).toEqual(
      'bytes expireAt height mime sha256 type url width'.split(' '),
    );
    expect(output?.expireAt).toBeGreaterThan(task.completed + 600_000);
    expect(task.usage).toMatchObject({ unit: 'image', quantity: 1 });
  });

  it('answers a create with the id and the first state only', async () => {
    const answer = await client.request('/v1/tasks', {
      body: { model: 'flux-2-pro', input: { prompt: 'first answer' } },
    });

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      code: 0,
      message: 'ok',
      data: { taskId: expect.stringMatching(/^tk-/), status: 'queued' },
    });
    expect(answer.headers.get('x-taskgate-request-id')).toMatch(/^req_/);
  });
});

describe('another tenant', () => {
  it('sees a task that is not its own as one that does not exist', async () => {
    const stranger = new GatewayClient(stack.url, stack.keys[1]);
    const taskId = await client.createTask({ model: 'flux-2-pro', input: { prompt: 'mine' } });
    const foreign = await stranger.request(`/v1/tasks/${taskId}`);
    const absent = await stranger.request(`/v1/tasks/tk-${'0'.repeat(26)}`);

    expect(foreign.status).toBe(404);
    expect(anonymous(foreign, taskId)).toEqual(anonymous(absent, `tk-${'0'.repeat(26)}`));
    expect((await stranger.request(`/v1/tasks/${taskId}/deliveries`)).status).toBe(404);
    expect(dataOf(await stranger.request('/v1/tasks'))).toMatchObject({ total: 0, tasks: [] });
  });
});

interface Page {
  readonly page: number;
  readonly size: number;
  readonly total: number;
  readonly tasks: readonly TaskDetail[];
}

const list = async (query: string): Promise<Page> =>
  dataOf(await client.request(`/v1/tasks${query}`)) as Page;

describe('the list', () => {
  it('has the newest first, page by page, and counts all', async () => {
    const made = [];
    for (const name of ['one', 'two', 'three']) {
      made.unshift(await client.createTask({ model: 'flux-2-pro', input: { prompt: name } }));
    }
    const first = await list('?page=1&size=2');
    const second = await list('?page=2&size=2');

    expect(first.tasks.map(({ taskId }) => taskId)).toEqual(made.slice(0, 2));
    expect(second.tasks[0]?.taskId).toBe(made[2]);
    expect(first).toMatchObject({ page: 1, size: 2, total: second.total });
    expect(first).not.toHaveProperty('totalIsCapped');
  });

  it.each([
    ['', 1, 10],
    ['?page=0&size=0', 1, 10],
    ['?page=-3&size=-1', 1, 10],
    ['?page=x&size=1e9', 1, 100],
    ['?size=101', 1, 100],
    ['?page=1.5&size=2.5', 1, 10],
  ])('normalises "%s"', async (query, page, size) => {
    expect(await list(query)).toMatchObject({ page, size });
  });

  it('is empty behind the last page', async () => {
    expect((await list('?page=999999')).tasks).toEqual([]);
  });

  it('shows only the tasks of the status that is asked for', async () => {
    await client.untilTerminal(
      await client.createTask({
        model: 'happyhorse-1-0',
        input: { prompt: 'status [[fault:fail]]' },
      }),
    );
    const failed = await list('?status=fail');

    expect(failed.tasks.map(({ status }) => status)).toEqual(['fail']);
    expect(failed.total).toBe(1);
  });

  it('refuses a status that there is not', async () => {
    const answer = await client.request('/v1/tasks?status=done');

    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: { param: 'status' } });
  });
});

describe('the catalog', () => {
  it('shows one model by id or alias, with the schema of its input', async () => {
    const model = dataOf(await client.request('/v1/tasks/models/veo-3.1-generate-001'));

    expect(model).toMatchObject({
      id: 'veo-3-1',
      aliases: ['veo-3.1-generate-001'],
      kind: 'video',
      provider: 'vertex',
      available: true,
      price: expect.stringContaining('USD'),
      inputSchema: { $schema: 'https://json-schema.org/draft/2020-12/schema' },
      example: { model: 'veo-3-1' },
    });
  });

  it('says what comes near a model that there is not', async () => {
    const answer = await client.request('/v1/tasks/models/veo-3-2');

    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ message: expect.stringContaining('veo-3-1') });
  });
});

/** The answer without what names the request itself. */
function anonymous({ body }: Answer, taskId: string): string {
  return JSON.stringify(body)
    .replaceAll(taskId, 'ID')
    .replaceAll(/req_\w+/g, 'REQUEST');
}

function isInOrder(seen: readonly TaskDetail[]): boolean {
  const order = ['queued', 'handling', 'archiving', 'success'];
  const places = seen.map(({ status }) => order.indexOf(status));
  return places.at(-1) === 3 && places.every((place, at) => place > (places[at - 1] ?? -1));
}

function mimeOf(bytes: Buffer): string {
  if (bytes.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n') return 'image/png';
  if (bytes.subarray(0, 3).toString('hex') === 'ffd8ff') return 'image/jpeg';
  if (bytes.subarray(4, 8).toString('latin1') === 'ftyp') return 'video/mp4';
  return `unknown: ${bytes.subarray(0, 12).toString('hex')}`;
}
