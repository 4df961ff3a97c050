import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { withDatabase } from '../chaos/collect.js';
import { GatewayClient } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

let folder: string;
let stack: Stack;
let client: GatewayClient;
let admin: GatewayClient;
let sandbox: SandboxControl;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskgate-keys-'));
  await Promise.all([mount('openai', 'openai-mounted-1'), mount('dashscope', 'dash-mounted-1')]);
  stack = await startStack({
    workers: 2,
    env: {
      SANDBOX_DELAY_MS: '50',
      OPENAI_API_KEY: undefined,
      OPENAI_API_KEY_FILE: join(folder, 'openai'),
      DASHSCOPE_API_KEY: undefined,
      DASHSCOPE_API_KEY_FILE: join(folder, 'dashscope'),
      GEMINI_API_KEY: undefined,
    },
  });
  client = new GatewayClient(stack.url, stack.keys[0]);
  admin = new GatewayClient(stack.url, stack.adminToken);
  sandbox = new SandboxControl(stack.sandbox.url);
});
afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** As a secret's mount is replaced: whole, at once. */
async function mount(name: string, key: string): Promise<void> {
  await writeFile(join(folder, `${name}.next`), `${key}\n`);
  await rename(join(folder, `${name}.next`), join(folder, name));
}

/** Does the same again and again until it is stopped; then tells what went wrong. */
function load(width: number, run: () => Promise<string | null>) {
  const state = { stopped: false, done: 0, failures: [] as string[] };
  const loops = Array.from({ length: width }, async () => {
    while (!state.stopped) {
      const failure = await run().catch(String);
      state.done += 1;
      if (failure !== null) state.failures.push(failure);
    }
  });
  onTestFinished(() => void (state.stopped = true));
  return async () => {
    state.stopped = true;
    await Promise.all(loops);
    expect(state.done).toBeGreaterThan(width);
    return state.failures;
  };
}

const chats = () =>
  load(6, async () => {
    const messages = [{ role: 'user', content: 'good morning' }];
    const { status, body } = await client.request('/v1/chat/completions', {
      body: { model: 'gpt-5-mini', messages },
    });
    return status === 200 ? null : `${status} ${JSON.stringify(body)}`;
  });

const pictures = () =>
  load(2, async () => {
    const body = { model: 'qwen-image-2-0', input: { prompt: 'a boat' } };
    const task = await client.untilTerminal(await client.createTask(body));
    return task.status === 'success' ? null : JSON.stringify(task.error);
  });

const film = async (seconds: number): Promise<string> =>
  await client.createTask({
    model: 'happyhorse-1-0',
    input: { prompt: `[[delay:${seconds}s]] a boat under way` },
  });

interface Shown {
  readonly credential: {
    readonly id: string;
    readonly state: string;
    readonly account: string;
    readonly note: string | null;
  };
  readonly steps: readonly { readonly state: string; readonly share?: number }[];
}

async function post(path: string, body: object): Promise<string> {
  const answer = await admin.request(path, { body });
  expect(answer).toMatchObject({ status: 200 });
  return (answer.body as { data: { id: string } }).data.id;
}

async function shown(id: string): Promise<Shown> {
  return ((await admin.request(`/admin/credentials/${id}`)).body as { data: Shown }).data;
}

const until = async (id: string, state: string): Promise<void> =>
  await expect
    .poll(async () => (await shown(id)).credential.state, { timeout: 30_000, interval: 100 })
    .toBe(state);

const store = async (provider: string, secret: string, weight = 1): Promise<string> =>
  await post('/admin/credentials', {
    provider,
    label: `a label of the ${provider} key`,
    secret,
    weight,
    stepSeconds: 1,
  });

/** A film that is under way with this stored key; workers know of a new one only after a second. */
async function filmUnder(id: string, seconds: number): Promise<string> {
  const { account } = (await shown(id)).credential;
  return await withDatabase(stack.databaseUrl, async (query) => {
    for (let tries = 0; tries < 10; tries += 1) {
      const filmId = await film(seconds);
      const begun = async () =>
        (
          await query<{ account: string }>('SELECT account FROM attempts WHERE task_id = $1', [
            filmId,
          ])
        )[0];
      const attempt = await vi.waitUntil(begun, { timeout: 20_000 });
      if (attempt.account === account) return filmId;
    }
    throw new Error(`No film went to ${account}`);
  });
}

const taken = async (key: string): Promise<number> => (await sandbox.usesOf(key)).taken;
const isUsed = async (key: string): Promise<void> =>
  await expect.poll(async () => await taken(key), { timeout: 30_000 }).toBeGreaterThan(0);

describe('an upstream key', () => {
  it('that is mounted rotates under load with no request failed, and jobs end under the old one', async () => {
    const [stopChats, stopPictures, filmId] = [chats(), pictures(), await film(6)];
    await isUsed('dash-mounted-1');
    await isUsed('openai-mounted-1');

    await Promise.all([mount('openai', 'openai-mounted-2'), mount('dashscope', 'dash-mounted-2')]);
    await Promise.all([isUsed('openai-mounted-2'), isUsed('dash-mounted-2')]);
    await sleep(1_500);
    const left = await taken('openai-mounted-1');
    const looks = await taken('dash-mounted-1');
    await sandbox.setRefused('openai-mounted-1', true);

    expect(await client.untilTerminal(filmId)).toMatchObject({ status: 'success' });
    expect(await taken('dash-mounted-1')).toBeGreaterThan(looks);
    await sandbox.setRefused('dash-mounted-1', true);
    expect(await stopChats()).toEqual([]);
    expect(await stopPictures()).toEqual([]);
    expect(await sandbox.usesOf('openai-mounted-1')).toEqual({ taken: left, refused: 0 });
    expect((await sandbox.usesOf('dash-mounted-1')).refused).toBe(0);
  });

  it('that is stored makes a provider available, and is shown nowhere', async () => {
    const body = { model: 'gemini-3-pro-image', input: { prompt: 'a boat' } };
    const before = await client.request('/v1/tasks', { body });

    const id = await store('gemini', 'gemini-stored-secret');
    await until(id, 'active');

    expect(before).toMatchObject({ status: 400, body: { error_code: 'MODEL_UNAVAILABLE' } });
    await expect
      .poll(async () => await client.request('/v1/tasks/quote', { body }), { timeout: 10_000 })
      .toMatchObject({ status: 200 });
    const taskId = await client.createTask(body);
    expect(await client.untilTerminal(taskId)).toMatchObject({ status: 'success' });
    const lists = [
      await admin.request('/admin/credentials'),
      await admin.request('/admin/providers'),
    ];
    expect(lists).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(JSON.stringify(lists.map((one) => one.body))).toContain('a label of the gemini key');
    expect(JSON.stringify(lists)).not.toContain('gemini-stored-secret');
    const all = [...stack.apis, ...stack.workers].flatMap((one) => one.logs()).join('\n');
    expect(all).not.toContain('gemini-stored-secret');
  });

  it('that is stored rotates under load with no request failed, and jobs end under the old one', async () => {
    const [openai, dash] = [
      await store('openai', 'openai-a', 100),
      await store('dashscope', 'dashscope-a', 100),
    ];
    await Promise.all([until(openai, 'active'), until(dash, 'active')]);
    const [stopChats, stopPictures] = [chats(), pictures()];
    await Promise.all([isUsed('openai-a'), isUsed('dashscope-a')]);
    const filmId = await filmUnder(dash, 12);

    const [openaiNext, dashNext] = [
      await post(`/admin/credentials/${openai}/rotate`, { secret: 'openai-b', stepSeconds: 1 }),
      await post(`/admin/credentials/${dash}/rotate`, { secret: 'dashscope-b', stepSeconds: 1 }),
    ];
    await Promise.all([until(openai, 'revoked'), until(dashNext, 'active')]);
    await sandbox.setRefused('openai-a', true);

    expect((await shown(openaiNext)).steps.map(({ state, share }) => share ?? state)).toEqual([
      'probing',
      0.1,
      0.5,
      1,
      'active',
    ]);
    await until(dash, 'revoked');
    expect(await client.getTask(filmId)).toMatchObject({ status: 'success' });
    await sandbox.setRefused('dashscope-a', true);
    expect(await stopChats()).toEqual([]);
    expect(await stopPictures()).toEqual([]);
    for (const key of ['openai-a', 'dashscope-a'])
      expect((await sandbox.usesOf(key)).refused).toBe(0);
  });

  it('that is bad returns by itself, with no request failed: at the probe, or when it turns bad', async () => {
    const [openai, dash] = [
      await store('openai', 'openai-c'),
      await store('dashscope', 'dashscope-c', 1_000),
    ];
    await Promise.all([until(openai, 'active'), until(dash, 'active')]);
    const [stopChats, stopPictures] = [chats(), pictures()];

    const atProbe = await post(`/admin/credentials/${openai}/rotate`, { secret: 'wrong-openai' });
    const later = await post(`/admin/credentials/${dash}/rotate`, { secret: 'dash-d-turns-bad' });
    await until(later, 'shifting');
    await sandbox.setRefused('dash-d-turns-bad', true);
    await Promise.all([until(atProbe, 'returned'), until(later, 'returned')]);

    expect((await shown(atProbe)).credential.note).toContain('HTTP 401');
    expect((await shown(later)).credential.note).toContain('HTTP 401');
    for (const id of [openai, dash]) expect((await shown(id)).credential.state).toBe('active');
    expect(await stopChats()).toEqual([]);
    expect(await stopPictures()).toEqual([]);
  });

  it('goes on from where a worker was killed', async () => {
    const before = await store('ark', 'ark-before');
    await until(before, 'active');
    const next = await post(`/admin/credentials/${before}/rotate`, {
      secret: 'ark-next',
      stepSeconds: 1,
    });
    await until(next, 'shifting');

    await stack.workers[0]?.kill();

    await until(next, 'active');
    await until(before, 'revoked');
    expect((await shown(next)).steps.map(({ share }) => share).filter(Boolean)).toEqual([
      0.1, 0.5, 1,
    ]);
  });
});
