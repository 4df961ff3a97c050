import { describe, expect, it } from 'vitest';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const VIDEOS = '/compatible/v1/videos';
const IMAGES = '/compatible/v1/images/generations';

async function create(sandbox: TestSandbox, fields: object): Promise<{ id: string }> {
  const response = await sandbox.post(VIDEOS, { model: 'sora-2', ...fields });
  return (await response.json()) as { id: string };
}

async function get(sandbox: TestSandbox, path: string): Promise<Response> {
  return await fetch(`${sandbox.url}${path}`, { headers: { authorization: 'Bearer key' } });
}

async function look(sandbox: TestSandbox, id: string): Promise<Record<string, unknown>> {
  const response = await get(sandbox, `${VIDEOS}/${id}`);
  return (await response.json()) as Record<string, unknown>;
}

describe('films of the compatible stand-in', () => {
  it('wait, are made and are there, by the clock', async () => {
    const sandbox = await startSandbox();
    const { id } = await create(sandbox, { prompt: 'a boat [[delay:10s]]' });

    const statuses = [];
    for (const seconds of [0, 3, 6, 1]) {
      sandbox.pass(seconds * 1000);
      // One after the other, for the clock is what is looked at.
      const { status, progress } = await look(sandbox, id);
      statuses.push([status, progress]);
    }

    expect(statuses).toEqual([
      ['queued', 0],
      ['in_progress', 30],
      ['in_progress', 90],
      ['completed', 100],
    ]);
  });

  it.each([
    ['regress', ['in_progress', 'queued', 'completed']],
    ['unknown-status', ['warming_up', 'warming_up', 'completed']],
    ['fail', ['failed', 'failed', 'failed']],
  ])('show %s as the looks %j', async (fault, expected) => {
    const sandbox = await startSandbox();
    const { id } = await create(sandbox, { prompt: `a boat [[fault:${fault}]]` });

    const looks = [];
    // One after the other: each uses up what is shown.
    for (const _ of expected) looks.push((await look(sandbox, id))['status']);

    expect(looks).toEqual(expected);
  });

  it('are gone after a day, or at once when that is directed', async () => {
    const sandbox = await startSandbox();
    const lasting = await create(sandbox, { prompt: 'a boat' });
    const gone = await create(sandbox, { prompt: 'a boat [[fault:expired-url]]' });
    const statusOf = async (id: string) => (await get(sandbox, `${VIDEOS}/${id}/content`)).status;

    expect([await statusOf(lasting.id), await statusOf(gone.id)]).toEqual([200, 404]);
    sandbox.pass(24 * 60 * 60_000);
    expect(await statusOf(lasting.id)).toBe(404);
  });

  it('are there although the answer to their order was lost', async () => {
    const sandbox = await startSandbox();
    const lost = create(sandbox, { prompt: 'a boat [[fault:reset-after-accept]]' });

    await expect(lost).rejects.toThrow('fetch failed');

    const list = await get(sandbox, `${VIDEOS}?order=desc`);
    expect(await list.json()).toMatchObject({
      data: [{ prompt: 'a boat [[fault:reset-after-accept]]', seconds: '4', size: '720x1280' }],
      has_more: false,
    });
    expect(await sandbox.submits()).toHaveLength(1);
  });

  it.each([
    ['?limit=0', 'limit'],
    ['?limit=101', 'limit'],
    ['?order=up', 'order'],
    ['?after=video_x', 'after'],
  ])('are not listed by %s', async (query, param) => {
    const sandbox = await startSandbox();

    const response = await get(sandbox, `${VIDEOS}${query}`);

    expect(await response.json()).toMatchObject({ error: { param } });
  });

  it.each([
    [{ seconds: 4 }, 'seconds'],
    [{ seconds: '5' }, 'seconds'],
    [{ size: '1920x1080' }, 'size'],
    [{ input_reference: {} }, 'input_reference'],
    [{ input_reference: { image_url: 'https://a/b', file_id: 'file_1' } }, 'input_reference'],
    [{ model: 'gpt-image-2' }, 'model'],
    [{ prompt: undefined }, 'prompt'],
  ])('are refused for %j by its name', async (fields, param) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(VIDEOS, { model: 'sora-2', prompt: 'a boat', ...fields });

    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await response.json()).toMatchObject({ error: { param } });
    expect(await sandbox.submits()).toEqual([]);
  });

  it('of other models have any length and size, and fields that nobody knows', async () => {
    const sandbox = await startSandbox();

    const created = await create(sandbox, {
      model: 'any-video',
      prompt: 'a boat',
      seconds: '7',
      size: '640x480',
      seed: 1,
    });

    expect(created).toMatchObject({ seconds: '7', size: '640x480', model: 'any-video' });
  });
});

/** The first link of an answer. */
async function linkOf(response: Response): Promise<string> {
  const { data } = (await response.json()) as { data: { url: string }[] };
  return data[0]?.url ?? '';
}

describe('pictures of the compatible stand-in', () => {
  const order = { model: 'sandbox-image', prompt: 'a boat', size: '128x64', style: 'vivid' };
  it('are links that need no key, see none, and die after an hour', async () => {
    const sandbox = await startSandbox();
    const url = await linkOf(await sandbox.post(IMAGES, order));

    const open = await fetch(url);
    const keyed = await fetch(url, { headers: { authorization: 'Bearer key' } });
    const forged = await fetch(url.replace(/se=\d+/, 'se=9999999999999'));
    sandbox.pass(60 * 60_000);
    const late = await fetch(url);

    expect(open.headers.get('content-type')).toBe('image/png');
    expect([open, keyed, forged, late].map(({ status }) => status)).toEqual([200, 403, 403, 403]);
  });

  it('may be dead when they are handed out, or be a page', async () => {
    const sandbox = await startSandbox();
    const fetched = async (fault: string) =>
      await fetch(
        await linkOf(await sandbox.post(IMAGES, { ...order, prompt: `x [[fault:${fault}]]` })),
      );

    expect((await fetched('expired-url')).status).toBe(403);
    expect((await fetched('html-output')).headers.get('content-type')).toContain('text/html');
  });

  it.each([
    [{ size: '32x32' }, 'size'],
    [{ size: '5000x64' }, 'size'],
    [{ quality: 'best' }, 'quality'],
    [{ stream: true }, 'stream'],
    [{ model: 'sora-2' }, 'model'],
    [{ response_format: 'b64_json', prompt: 'x [[fault:slow-output]]' }, null],
  ])('are refused for %j', async (fields, param) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(IMAGES, { ...order, ...fields });

    expect(await response.json()).toMatchObject({ error: { param } });
  });
});
