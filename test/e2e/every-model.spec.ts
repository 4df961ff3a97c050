import { measure, sniffMediaType } from '@app/outputs';
import {
  Catalog,
  configuredProviders,
  type JsonObject,
  type MediaKind,
  type Model,
} from '@app/providers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseProviders } from '../../tools/start/providers.mjs';
import { GatewayClient, type TaskDetail } from '../support/gateway-client.js';
import { sampleFor } from '../support/sample-media.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { withUrls } from '../support/schema-arbitrary.js';
import { type Stack, startStack } from '../support/stack.js';

/** One entry of `GET /v1/tasks/models`. */
interface Entry {
  readonly id: string;
  readonly kind: 'image' | 'video';
  readonly available: boolean;
  readonly unavailable?: string;
  /** Null where nobody knows it. */
  readonly price: string | null;
  readonly prices: readonly { readonly usd: number }[];
  readonly inputSchema: JsonObject;
  readonly example: { readonly model: string; readonly input: JsonObject };
}

/** With those that variables name, as a stack has them. */
const { environment } = chooseProviders({}, 'http://127.0.0.1:1');
const MODELS = new Catalog(configuredProviders({ text: (name) => environment[name] })).list();

let stack: Stack;
let client: GatewayClient;
let entries: ReadonlyMap<string, Entry>;
/** A task of each available model, by its own example; all under way together. */
let tasks: ReadonlyMap<string, string>;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '50' } });
  client = new GatewayClient(stack.url, stack.keys[0]);
  const { body } = await client.request('/v1/tasks/models');
  const listed = (body as { data: readonly Entry[] }).data;
  entries = new Map(listed.map((entry) => [entry.id, entry]));
  const urls = await uploads();
  const begun = MODELS.filter(({ id }) => entries.get(id)?.available).map(async (model) => {
    const input = { ...withUrls(model, urls), ...named(model) };
    return [model.id, await client.createTask({ model: model.id, input })] as const;
  });
  tasks = new Map(await Promise.all(begun));
});
afterAll(async () => await stack?.stop());

/** The address in an example is nobody's: an upload of each kind stands for it. */
async function uploads(): Promise<Readonly<Record<MediaKind, string>>> {
  const [image, video, audio] = await Promise.all([
    upload('image'),
    upload('video'),
    upload('audio'),
  ]);
  return { image, video, audio };
}

async function upload(kind: MediaKind): Promise<string> {
  const { bytes, mime } = sampleFor({ kind });
  const response = await fetch(`${stack.url}/v1/inputs`, {
    method: 'POST',
    body: new Uint8Array(bytes),
    headers: { authorization: `Bearer ${stack.keys[0]}`, 'content-type': mime },
  });
  return ((await response.json()) as { data: { url: string } }).data.url;
}

const mark = ({ id }: Model): string => `(for ${id})`;

/** A prompt by which the submits of this model are told from the others'. */
const named = (model: Model): JsonObject => {
  const { prompt } = model.example;
  return typeof prompt === 'string' ? { prompt: `${prompt} ${mark(model)}` } : {};
};

async function paidFor(model: Model): Promise<number> {
  const submits = await new SandboxControl(stack.sandbox.url).allSubmits();
  return submits.filter(({ prompt }) => prompt.includes(mark(model))).length;
}

const askedFor = ({ example: { n } }: Model): number => (typeof n === 'number' ? n : 1);

describe('every model of the catalog', () => {
  it('is listed, and nothing else', () => {
    expect([...entries.keys()]).toEqual(MODELS.map(({ id }) => id));
  });

  it.each(MODELS)(
    '$id says what it takes, what it costs, and why where it is not to be had',
    (model) => {
      const entry = entries.get(model.id);

      expect(entry).toMatchObject({ kind: model.kind, inputSchema: { type: 'object' } });
      expect(entry?.price === null).toBe(entry?.prices.length === 0);
      expect(entry?.prices.every(({ usd }) => usd > 0)).toBe(true);
      expect(entry?.available ? 'available' : entry?.unavailable).toMatch(/\S/);
    },
  );

  it.each(MODELS)('$id takes its own example', async (model) => {
    const entry = entries.get(model.id);

    const { body } = await client.request('/v1/tasks/quote', { body: entry?.example });

    expect(body).toMatchObject(
      entry?.available
        ? { data: { model: model.id, accepted: true } }
        : { error_code: 'MODEL_UNAVAILABLE' },
    );
  });

  it.each(MODELS)('$id makes what was asked for, whole and paid once', async (model) => {
    const taskId = tasks.get(model.id);
    expect(taskId !== undefined).toBe(entries.get(model.id)?.available);
    if (taskId === undefined) return;

    const task = await client.untilTerminal(taskId, 90_000);

    expect(task).toMatchObject({ status: 'success', model: model.id });
    expect(task.output).toHaveLength(askedFor(model));
    for (const output of task.output ?? []) await expectWhole(output, model.kind);
    expect(task.usage?.costUsd).not.toBe(0);
    expect([1, askedFor(model)]).toContain(await paidFor(model));
  });
});

/** The link gives the file that the task describes, and it is one that decodes. */
async function expectWhole(
  output: NonNullable<TaskDetail['output']>[number],
  kind: Model['kind'],
): Promise<void> {
  const bytes = Buffer.from(await (await fetch(output.url)).arrayBuffer());
  const media = await sniffMediaType(bytes);
  const { width = 0, height = 0 } = (media && measure(media, bytes)) ?? {};

  expect(media).toMatchObject({ kind, mime: output.mime });
  expect([bytes.length, width, height]).toEqual([output.bytes, output.width, output.height]);
  expect(Math.min(width, height)).toBeGreaterThan(0);
}
