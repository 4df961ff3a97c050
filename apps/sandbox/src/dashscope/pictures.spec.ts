import { imageSize } from 'image-size';
import { describe, expect, it } from 'vitest';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const API = '/dashscope/api/v1';
const TEXT = `${API}/services/aigc/text2image/image-synthesis`;
const MESSAGE = `${API}/services/aigc/multimodal-generation/generation`;
const MESSAGE_TASK = `${API}/services/aigc/image-generation/generation`;
const KEY = { authorization: 'Bearer key' };
const ASYNC = { ...KEY, 'x-dashscope-async': 'enable' };

const plain = (model: string, parameters: object = {}, prompt = 'a cat'): object => ({
  model,
  input: { prompt, negative_prompt: 'a dog' },
  parameters,
});
const message = (model: string, images = 0, parameters: object = {}, text = 'a cat'): object => {
  const pictures = Array.from({ length: images }, () => ({ image: 'https://example.com/a.png' }));
  return {
    model,
    input: { messages: [{ role: 'user', content: [...pictures, { text }] }] },
    parameters,
  };
};

interface Poll {
  readonly output: {
    readonly task_status: string;
    readonly results?: readonly { readonly url?: string; readonly code?: string }[];
  };
}

async function taskOf(sandbox: TestSandbox, body: object, path = TEXT): Promise<string> {
  const response = await sandbox.post(path, body, ASYNC);
  return ((await response.json()) as { output: { task_id: string } }).output.task_id;
}
const look = async (sandbox: TestSandbox, id: string): Promise<Poll> =>
  (await (await fetch(`${sandbox.url}${API}/tasks/${id}`, { headers: KEY })).json()) as Poll;

describe('pictures of the DashScope stand-in that are a task', () => {
  it('end in results with the prompt and a link', async () => {
    const sandbox = await startSandbox();
    const id = await taskOf(sandbox, plain('qwen-image-plus', { size: '928*1664' }));

    const seen = await look(sandbox, id);

    expect(seen).toMatchObject({
      output: {
        task_status: 'SUCCEEDED',
        results: [{ orig_prompt: 'a cat' }],
        task_metrics: { TOTAL: 1, SUCCEEDED: 1, FAILED: 0 },
      },
      usage: { image_count: 1 },
    });
    const download = await fetch(seen.output.results?.[0]?.url ?? '');
    expect(imageSize(Buffer.from(await download.arrayBuffer()))).toMatchObject({
      width: 928,
      height: 1664,
    });
  });

  it('may come to nothing one by one, which is not charged', async () => {
    const sandbox = await startSandbox();
    const body = plain('wan2.5-t2i-preview', { n: 3 }, 'a cat [[fault:moderated-part]]');

    expect(await look(sandbox, await taskOf(sandbox, body))).toMatchObject({
      output: {
        task_status: 'SUCCEEDED',
        results: [{}, {}, { code: 'DataInspectionFailed' }],
        task_metrics: { TOTAL: 3, SUCCEEDED: 2, FAILED: 1 },
      },
      usage: { image_count: 2 },
    });
  });

  it('are forgotten a day after they are done', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const id = await taskOf(sandbox, plain('qwen-image'));

    sandbox.pass(1000 + 24 * 3_600_000);
    const inTime = await look(sandbox, id);
    sandbox.pass(1);
    const late = await look(sandbox, id);

    expect([inTime, late].map(({ output }) => output.task_status)).toEqual([
      'SUCCEEDED',
      'UNKNOWN',
    ]);
    expect(late).toEqual({
      request_id: expect.any(String),
      output: { task_id: id, task_status: 'UNKNOWN' },
    });
  });

  it('are choices where they were ordered by a message', async () => {
    const sandbox = await startSandbox();
    const id = await taskOf(sandbox, message('qwen-image-3.0-pro', 1, { n: 2 }), MESSAGE_TASK);

    expect(await look(sandbox, id)).toMatchObject({
      output: { choices: [{ message: { content: [{}, {}] } }] },
      usage: { image_count: 2, size: '2048*2048' },
    });
  });

  it.each([
    ['of a model by message only', TEXT, plain('qwen-image-2.0'), ASYNC, 400],
    ['without the header', TEXT, plain('qwen-image'), KEY, 403],
    ['in a size that is not listed', TEXT, plain('qwen-image', { size: '1024*1024' }), ASYNC, 400],
    ['two at once', TEXT, plain('qwen-image', { n: 2 }), ASYNC, 400],
    ['too large', TEXT, plain('wan2.5-t2i-preview', { size: '1456*1024' }), ASYNC, 400],
    ['of nobody', TEXT, plain('dall-e'), ASYNC, 404],
    ['by message of an old model', MESSAGE_TASK, message('qwen-image-2.0'), ASYNC, 400],
  ])('are refused %s', async (_, path, body, headers, status) => {
    const sandbox = await startSandbox();

    expect((await sandbox.post(path, body, headers)).status).toBe(status);
    expect(await sandbox.submits()).toEqual([]);
  });
});

describe('pictures of the DashScope stand-in by message', () => {
  it.each([
    ['qwen-image-2.0', 3, {}, 200],
    ['qwen-image-2.0', 4, {}, 400],
    ['qwen-image-2.1-pro', 10, {}, 200],
    ['qwen-image-max', 0, { size: '1328*1328' }, 200],
    ['qwen-image-max', 0, { size: '1024*1024' }, 400],
    ['qwen-image-max', 1, {}, 400],
    ['qwen-image-plus', 0, { n: 2 }, 400],
    ['qwen-image-edit', 1, {}, 200],
    ['qwen-image-edit', 0, {}, 400],
    ['qwen-image-edit', 1, { size: '1024*1024' }, 400],
    ['qwen-image-edit', 1, { prompt_extend: true }, 400],
    ['qwen-image-edit-plus', 3, { n: 6, size: '512*2048' }, 200],
    ['qwen-image-edit-plus', 3, { size: '496*2048' }, 400],
    ['qwen-image-edit-max', 0, {}, 400],
    ['dall-e', 0, {}, 404],
  ])('of %s with %i given and %j: %i', async (model, images, parameters, status) => {
    const sandbox = await startSandbox();

    expect((await sandbox.post(MESSAGE, message(model, images, parameters))).status).toBe(status);
  });

  it('may be fewer than were ordered', async () => {
    const sandbox = await startSandbox();
    const body = message('qwen-image-2.0', 0, { n: 3 }, 'a cat [[fault:moderated-part]]');

    expect(await (await sandbox.post(MESSAGE, body)).json()).toMatchObject({
      output: {
        choices: [{ message: { content: [{}, {}] } }],
        task_metric: { TOTAL: 3, SUCCEEDED: 2, FAILED: 1 },
      },
      usage: { image_count: 2 },
    });
  });
});
