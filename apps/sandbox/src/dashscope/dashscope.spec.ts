import { imageSize } from 'image-size';
import { describe, expect, it } from 'vitest';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const API = '/dashscope/api/v1';
const PICTURE = `${API}/services/aigc/multimodal-generation/generation`;
const VIDEO = `${API}/services/aigc/video-generation/video-synthesis`;
const KEY = { authorization: 'Bearer key' };
const ASYNC = { ...KEY, 'x-dashscope-async': 'enable' };

const picture = (text: string, parameters: object = {}): object => ({
  model: 'qwen-image-2.0',
  input: { messages: [{ role: 'user', content: [{ text }] }] },
  parameters: { size: '1664*928', ...parameters },
});
const video = (prompt: string, parameters: object = {}): object => ({
  model: 'happyhorse-1.0-t2v',
  input: { prompt },
  parameters: { resolution: '720P', ratio: '9:16', duration: 3, ...parameters },
});

const fromPicture = (url: unknown, parameters: object = {}): object => ({
  model: 'happyhorse-1.0-i2v',
  input: { prompt: 'x', media: [{ type: 'first_frame', url }] },
  parameters: { resolution: '720P', duration: 3, ...parameters },
});

interface Picture {
  output: { choices: { message: { content: { image: string }[] } }[] };
  usage: object;
}
interface Task {
  output: { task_id: string; task_status: string; video_url?: string; code?: string };
  usage?: object;
}

async function submitVideo(sandbox: TestSandbox, prompt: string): Promise<string> {
  const response = await sandbox.post(VIDEO, video(prompt), ASYNC);
  return ((await response.json()) as Task).output.task_id;
}

async function poll(sandbox: TestSandbox, id: string): Promise<Task> {
  return (await (await fetch(`${sandbox.url}${API}/tasks/${id}`, { headers: KEY })).json()) as Task;
}

describe('Qwen-Image of the DashScope stand-in', () => {
  it('answers with links to pictures of the size asked for', async () => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PICTURE, picture('a cat', { n: 2 }));

    const answer = (await response.json()) as Picture;
    const links = answer.output.choices[0]?.message.content.map(({ image }) => image) ?? [];
    const downloads = await Promise.all(links.map(async (link) => await fetch(link)));
    const sizes = await Promise.all(
      downloads.map(async (download) => imageSize(Buffer.from(await download.arrayBuffer()))),
    );
    expect(sizes).toEqual(
      Array.from({ length: 2 }, () => ({ type: 'png', width: 1664, height: 928 })),
    );
    expect(answer.usage).toEqual({ image_count: 2, width: 1664, height: 928 });
    expect(await sandbox.submits()).toHaveLength(1);
  });

  it('lets a link die after a day, and takes no credentials on it', async () => {
    const sandbox = await startSandbox();
    const answer = (await (await sandbox.post(PICTURE, picture('a cat'))).json()) as Picture;
    const link = answer.output.choices[0]?.message.content[0]?.image ?? '';

    const withKey = await fetch(link, { headers: KEY });
    sandbox.pass(24 * 3_600_000 - 1000);
    const inTime = await fetch(link);
    sandbox.pass(1001);
    const late = await fetch(link);

    expect([withKey.status, inTime.status, late.status]).toEqual([400, 200, 403]);
  });

  it.each([
    ['an unknown parameter', picture('x', { aspect_ratio: '16:9' })],
    ['an x in the size', picture('x', { size: '1664x928' })],
    ['too small a size', picture('x', { size: '256*256' })],
    ['too large a size', picture('x', { size: '2688*2688' })],
    ['too many pictures', picture('x', { n: 7 })],
    ['too long a prompt', picture('x'.repeat(801))],
    ['an unknown direction', picture('[[fault:nonsense]]')],
    ['a direction without meaning here', picture('[[fault:regress]]')],
    ['another body', { model: 'qwen-image-2.0', input: { prompt: 'x' } }],
  ])('refuses %s', async (_what, body) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PICTURE, body);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'InvalidParameter',
      message: expect.any(String),
    });
    expect(await sandbox.submits()).toEqual([]);
  });

  it.each([
    [{ authorization: 'Bearer wrong' }, 401, 'InvalidApiKey'],
    [{}, 401, 'InvalidApiKey'],
    [ASYNC, 403, 'AccessDenied'],
  ])('refuses the headers %j', async (headers, status, code) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PICTURE, picture('x'), headers);

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it('shows an HTML page, half a picture and a dead link when told to', async () => {
    const sandbox = await startSandbox();
    const download = async (fault: string): Promise<Response> => {
      const response = await sandbox.post(PICTURE, picture(`x [[fault:${fault}]]`));
      const answer = (await response.json()) as Picture;
      return await fetch(answer.output.choices[0]?.message.content[0]?.image ?? '');
    };

    const html = await download('html-output');
    const half = await download('truncated-output');
    const dead = await download('expired-url');

    expect(html.headers.get('content-type')).toContain('text/html');
    await expect(half.arrayBuffer()).rejects.toThrow('terminated');
    expect(dead.status).toBe(403);
  });

  it('lets a picture drip in, whole all the same', async () => {
    const sandbox = await startSandbox();
    const answer = (await (
      await sandbox.post(PICTURE, picture('x [[fault:slow-output:1]]'))
    ).json()) as Picture;
    const link = answer.output.choices[0]?.message.content[0]?.image ?? '';

    const slow = Buffer.from(await (await fetch(link)).arrayBuffer());
    const fast = Buffer.from(await (await fetch(link)).arrayBuffer());

    expect(slow.equals(fast)).toBe(true);
  });
});

describe('HappyHorse of the DashScope stand-in', () => {
  it('goes from pending over running to a video', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const id = await submitVideo(sandbox, 'a horse');

    const waiting = await poll(sandbox, id);
    sandbox.pass(500);
    const running = await poll(sandbox, id);
    sandbox.pass(500);
    const done = await poll(sandbox, id);
    const bytes = await (await fetch(done.output.video_url ?? '')).arrayBuffer();

    const statuses = [waiting, running, done].map(({ output }) => output.task_status);
    expect(statuses).toEqual(['PENDING', 'RUNNING', 'SUCCEEDED']);
    expect(done.usage).toMatchObject({ duration: 3, video_count: 1, SR: 720, ratio: '9:16' });
    expect(Buffer.from(bytes).toString('latin1', 4, 8)).toBe('ftyp');
    expect(await sandbox.submits()).toMatchObject([{ provider: 'dashscope', vendorId: id }]);
  });

  it.each([
    ['fail', 'InternalError'],
    ['moderated', 'DataInspectionFailed'],
  ])('ends in FAILED for %s', async (fault, code) => {
    const sandbox = await startSandbox();

    const { output } = await poll(sandbox, await submitVideo(sandbox, `x [[fault:${fault}]]`));

    expect(output).toMatchObject({ task_status: 'FAILED', code });
  });

  it.each([
    ['regress', ['RUNNING', 'PENDING', 'SUCCEEDED']],
    ['unknown-status', ['WARMING_UP', 'WARMING_UP', 'SUCCEEDED']],
  ])('shows %s to the first polls', async (fault, wanted) => {
    const sandbox = await startSandbox();
    const id = await submitVideo(sandbox, `x [[fault:${fault}]]`);

    const seen = [await poll(sandbox, id), await poll(sandbox, id), await poll(sandbox, id)];

    expect(seen.map(({ output }) => output.task_status)).toEqual(wanted);
  });

  it('hands out a live link again after one that was dead', async () => {
    const sandbox = await startSandbox();
    const id = await submitVideo(sandbox, 'x [[fault:expired-url:1]]');

    const links = [
      (await poll(sandbox, id)).output.video_url,
      (await poll(sandbox, id)).output.video_url,
    ];
    const downloads = await Promise.all(links.map(async (link) => await fetch(link ?? '')));

    expect(downloads.map(({ status }) => status)).toEqual([403, 200]);
  });

  it('cancels while pending only', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const id = await submitVideo(sandbox, 'x');
    const cancel = async (): Promise<number> =>
      (await sandbox.post(`${API}/tasks/${id}/cancel`, {})).status;

    const first = await cancel();
    const { output } = await poll(sandbox, id);
    const second = await cancel();

    expect([first, second]).toEqual([200, 400]);
    expect(output.task_status).toBe('CANCELED');
  });

  it('says UNKNOWN of a task it does not have', async () => {
    expect((await poll(await startSandbox(), 'nothing')).output.task_status).toBe('UNKNOWN');
  });

  it.each([
    ['without the async header', video('x'), KEY, 403],
    ['of another ratio', video('x', { ratio: '2:1' }), ASYNC, 400],
    ['of a lower-case resolution', video('x', { resolution: '720p' }), ASYNC, 400],
    ['that is too short', video('x', { duration: 2 }), ASYNC, 400],
    ['with a negative prompt', video('x', { negative_prompt: 'y' }), ASYNC, 400],
    ['of another model', { ...video('x'), model: 'happyhorse-1.0' }, ASYNC, 404],
  ])('refuses a video %s', async (_what, body, headers, status) => {
    const sandbox = await startSandbox();

    expect((await sandbox.post(VIDEO, body, headers)).status).toBe(status);
    expect(await sandbox.submits()).toEqual([]);
  });

  it.each([
    ['data:image/png;base64,AAAA', {}, 200],
    ['https://example.com/a.png', {}, 200],
    [null, {}, 400],
    ['AAAA', {}, 400],
    ['data:image/png;base64,AAAA', { ratio: '16:9' }, 400],
  ])('takes a film that begins with %s and %j: %i', async (url, parameters, status) => {
    const sandbox = await startSandbox();

    expect((await sandbox.post(VIDEO, fromPicture(url, parameters), ASYNC)).status).toBe(status);
  });
});
