import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withDatabase } from '../chaos/collect.js';
import { GatewayClient, type TaskDetail } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;
let sandbox: SandboxControl;
let hopeless: readonly Submitted[];

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '100' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
  sandbox = new SandboxControl(stack.sandbox.url);
  // These take all their tries, 15 s: they run beside the others.
  const faults = ['truncated-output', 'html-output'];
  hopeless = await Promise.all(faults.map(async (fault) => await submit('qwen-image-2-0', fault)));
});
afterAll(async () => await stack?.stop());

const MODELS = ['qwen-image-2-0', 'gpt-image-2', 'flux-2-pro', 'veo-3-1', 'happyhorse-1-0'];
/** Vendors that take a job first and tell later what became of it. */
const POLLED = ['flux-2-pro', 'veo-3-1', 'happyhorse-1-0'];
/** Vendors that tell nothing about a job whose submit got no answer. */
const MUTE = ['qwen-image-2-0', 'gpt-image-2', 'veo-3-1'];
/** Vendors that answer with links, so that the bytes may break on their own way. */
const LINKED = ['qwen-image-2-0', 'flux-2-pro', 'happyhorse-1-0'];

interface Submitted {
  readonly prompt: string;
  readonly taskId: string;
}

async function submit(model: string, fault: string, more: object = {}): Promise<Submitted> {
  const prompt = `a boat by ${model} [[fault:${fault}]]`;
  return { prompt, taskId: await client.createTask({ model, input: { prompt }, ...more }) };
}

/** Why the task changed, each time, by its history. */
async function causesOf({ taskId }: Submitted): Promise<readonly string[]> {
  const text = 'SELECT cause FROM task_events WHERE task_id = $1 ORDER BY version';
  return await withDatabase(stack.databaseUrl, async (query) =>
    (await query<{ cause: string }>(text, [taskId])).map(({ cause }) => cause),
  );
}

async function end({ prompt, taskId }: Submitted): Promise<{ task: TaskDetail; paid: number }> {
  const task = await client.untilTerminal(taskId);
  return { task, paid: (await sandbox.submits(prompt)).length };
}

const run = async (model: string, fault: string) => await end(await submit(model, fault));

describe.concurrent('a vendor that fails the job', () => {
  it.each(POLLED)('makes a task of %s fail with the vendor’s reason', async (model) => {
    const { task, paid } = await run(model, 'fail');

    expect(task).toMatchObject({
      status: 'fail',
      error: {
        code: 'TASK_FAILED',
        message: expect.stringMatching(/\S/),
        providerCode: expect.any(String),
        retryable: true,
      },
    });
    expect(task.completed).toBeGreaterThanOrEqual(task.started);
    expect(task).not.toHaveProperty('output');
    expect(task).not.toHaveProperty('usage');
    expect(paid).toBe(1);
  });

  it.each(MODELS)('by moderation makes a task of %s CONTENT_REJECTED', async (model) => {
    const { task } = await run(model, 'moderated');

    expect(task).toMatchObject({
      status: 'fail',
      error: { code: 'CONTENT_REJECTED', retryable: false },
    });
  });
});

describe.concurrent('a vendor that refuses a submit for now', () => {
  it.each(MODELS)('is asked again for %s, and paid once', async (model) => {
    const { task, paid } = await run(model, 'error-429-retry-after:1');

    expect(task.status).toBe('success');
    expect(paid).toBe(1);
  });
});

describe.concurrent('a vendor that leaves open whether it took the job', () => {
  it.each(MUTE.flatMap((model) => [`${model} error-500`, `${model} reset-after-accept`]))(
    '(%s) and cannot be asked is not sent it a second time',
    async (situation) => {
      const [model = '', fault = ''] = situation.split(' ');
      const { task, paid } = await run(model, fault);

      expect(task).toMatchObject({
        status: 'fail',
        error: { code: 'SUBMISSION_UNKNOWN', retryable: false },
      });
      expect(paid).toBe(fault === 'error-500' ? 0 : 1);
    },
  );

  it.each([
    ['flux-2-pro', 'job found by the vendor’s callback'],
    ['happyhorse-1-0', 'job found at the vendor'],
  ])('but has it (%s) is paid once, and its result is fetched', async (model, cause) => {
    const submitted = await submit(model, 'reset-after-accept');
    const { task, paid } = await end(submitted);

    expect(task).toMatchObject({ status: 'success', output: [{ bytes: expect.any(Number) }] });
    expect(paid).toBe(1);
    expect(await causesOf(submitted)).toContain(cause);
  });

  it.each(['flux-2-pro', 'happyhorse-1-0'])(
    'is asked about it (%s), and not sent it again meanwhile',
    async (model) => {
      const submitted = await submit(model, 'error-500', { deadline: 15 });
      const { task, paid } = await end(submitted);

      // The search ends with the deadline: which of the two is first is chance.
      expect(['SUBMISSION_UNKNOWN', 'TASK_TIMEOUT']).toContain(task.error?.code);
      expect(task.error?.retryable).toBe(false);
      expect(paid).toBe(0);
      const causes = await causesOf(submitted);
      expect(causes.filter((cause) => /^attempt \d+ begins$/.test(cause))).toHaveLength(1);
      expect(causes).toContainEqual(expect.stringMatching(/^answer lost, looking for the job/));
    },
  );
});

describe.concurrent('a vendor whose statuses are odd', () => {
  it.each(['flux-2-pro', 'happyhorse-1-0'])('is waited for all the same (%s)', async (model) => {
    const went = await Promise.all(
      ['regress', 'unknown-status'].map(async (f) => await run(model, f)),
    );

    expect(went.map(({ task, paid }) => [task.status, paid])).toEqual([
      ['success', 1],
      ['success', 1],
    ]);
  });
});

describe.concurrent('an output that comes broken', () => {
  it.each(
    LINKED.flatMap((model) => [`${model} truncated-output`, `${model} html-output`]).concat(
      'veo-3-1 truncated-output',
    ),
  )('(%s) once is fetched again', async (situation) => {
    const [model = '', fault = ''] = situation.split(' ');
    const { task, paid } = await run(model, `${fault}:1`);

    expect(task).toMatchObject({ status: 'success', output: [{ bytes: expect.any(Number) }] });
    expect(paid).toBe(1);
  });

  it.each(['gpt-image-2', 'veo-3-1'])(
    'inside the vendor’s own answer (%s) fails the task at once',
    async (model) => {
      const { task, paid } = await run(model, 'html-output');

      expect(task).toMatchObject({
        status: 'fail',
        error: { code: 'TASK_FAILED', message: expect.stringContaining('should be') },
      });
      expect(paid).toBe(1);
    },
  );

  it('every time fails the task and says why', async () => {
    const ended = await Promise.all(hopeless.map(end));

    expect(ended.map(({ task, paid }) => [task.status, task.error?.code, paid])).toEqual([
      ['fail', 'TASK_FAILED', 1],
      ['fail', 'TASK_FAILED', 1],
    ]);
    const [truncated, html] = ended.map(({ task }) => task.error?.message);
    expect(truncated).toMatch(/could not be archived after 5 tries/);
    expect(html).toMatch(/should be a PNG, JPEG, WebP, GIF or AVIF picture/);
  });

  it.each(LINKED)('behind a link that is dead (%s) fails the task at once', async (model) => {
    const { task } = await run(model, 'expired-url');

    expect(task).toMatchObject({
      status: 'fail',
      error: { code: 'TASK_FAILED', message: expect.stringContaining('expired') },
    });
  });
});
