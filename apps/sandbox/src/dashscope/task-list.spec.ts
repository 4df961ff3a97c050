import { describe, expect, it } from 'vitest';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const API = '/dashscope/api/v1';
const KEY = { authorization: 'Bearer key' };

const submit = async (sandbox: TestSandbox, prompt: string, model = 'happyhorse-1.0-t2v') =>
  await sandbox.post(
    `${API}/services/aigc/video-generation/video-synthesis`,
    { model, input: { prompt } },
    { ...KEY, 'x-dashscope-async': 'enable' },
  );

interface Listed {
  readonly total: number;
  readonly total_page: number;
  readonly data: readonly {
    readonly task_id: string;
    readonly status: string;
    readonly gmt_create: number;
    readonly model_name: string;
  }[];
}

async function list(sandbox: TestSandbox, query = ''): Promise<Listed> {
  const response = await fetch(`${sandbox.url}${API}/tasks/?${query}`, { headers: KEY });
  return (await response.json()) as Listed;
}

/** The sandbox's clock starts at 2027-01-15 08:00:00 UTC, which is 16:00:00 for this vendor. */
const START = 1_800_000_000_000;

describe('the list of tasks of the DashScope stand-in', () => {
  it('shows the newest first, page by page, with times and without prompts', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    await submit(sandbox, 'first');
    sandbox.pass(1000);
    await submit(sandbox, 'second');

    const all = await list(sandbox);
    const second = await list(sandbox, 'page_no=2&page_size=1');

    expect(all).toMatchObject({ total: 2, total_page: 1 });
    expect(all.data).toMatchObject([
      { status: 'PENDING', gmt_create: START + 1000, model_name: 'happyhorse-1.0-t2v' },
      { status: 'SUCCEEDED', gmt_create: START, model_name: 'happyhorse-1.0-t2v' },
    ]);
    expect(second).toMatchObject({ total_page: 2, data: [{ gmt_create: START }] });
    expect(JSON.stringify(all)).not.toContain('first');
  });

  it.each([
    ['model_name=happyhorse-1.1-t2v', ['1.1']],
    ['status=SUCCEEDED', ['1.1', '1.0']],
    ['status=FAILED', []],
    ['start_time=20270115160000&end_time=20270115160001', ['1.1', '1.0']],
    ['start_time=20270115080000&end_time=20270115080001', []],
  ])('takes %s', async (query, versions) => {
    const sandbox = await startSandbox();
    await submit(sandbox, 'x', 'happyhorse-1.0-t2v');
    await submit(sandbox, 'x', 'happyhorse-1.1-t2v');

    const { data } = await list(sandbox, query);

    expect(data.map(({ model_name: name }) => name.slice(11, 14))).toEqual(versions);
  });

  it.each(['page_size=101', 'page_no=0', 'start_time=yesterday', 'end_time=20271315000000'])(
    'refuses %s',
    async (query) => {
      const sandbox = await startSandbox();

      expect(await list(sandbox, query)).toMatchObject({ code: 'InvalidParameter' });
    },
  );

  it('holds a task whose answer was lost, and its detail shows the prompt once it is done', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const prompt = 'a horse [[fault:reset-after-accept]]';
    await expect(submit(sandbox, prompt)).rejects.toThrow('fetch failed');

    const [task] = (await list(sandbox)).data;
    const detail = async (): Promise<unknown> =>
      await (
        await fetch(`${sandbox.url}${API}/tasks/${task?.task_id ?? ''}`, { headers: KEY })
      ).json();
    const before = await detail();
    sandbox.pass(1000);

    expect(before).not.toHaveProperty('output.orig_prompt');
    expect(await detail()).toHaveProperty('output.orig_prompt', prompt);
    expect(await sandbox.submits()).toMatchObject([{ vendorId: task?.task_id, prompt }]);
  });
});
