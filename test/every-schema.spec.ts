import { buildSandbox } from '../apps/sandbox/src/sandbox.js';
import { placeInRequest } from '../libs/tasks/src/inputs/place-in-request.js';
import { chooseProviders } from '../tools/start/providers.mjs';
import { ProviderError } from '@app/errors';
import { fileServer } from '@app/outputs/testing';
import {
  accountsOf,
  Catalog,
  configuredProviders,
  type JsonObject,
  type MediaSlot,
  type Model,
  type Prepared,
  type SubmitContext,
  validateInput,
} from '@app/providers';
import { create } from 'axios';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleFor, sampleNamed } from './support/sample-media.js';
import { brokenInputsOf, inputsOf, type MediaUrls, withUrls } from './support/schema-arbitrary.js';

/** Always the same inputs, so that a failure is a change's; SCHEMA_SEED tries others. */
const SEED = Number(process.env['SCHEMA_SEED'] ?? 20_261_122);
/** With the models that the sandbox's own settings name. */
const catalog = new Catalog(
  configuredProviders({ text: (name) => chooseProviders({}, '').environment[name] }),
);
const models = catalog.list();

/** For all models together; the first runs of each are the telling ones. */
const BUDGET_MS = 15_000;
const SHARE_MS = BUDGET_MS / models.length / 2;

const stack = new AsyncDisposableStack();
let files: Awaited<ReturnType<typeof fileServer>>;
let urls: MediaUrls;
let variables: Readonly<Record<string, string | undefined>>;

beforeAll(async () => {
  const sandbox = stack.adopt(buildSandbox({ delayMs: 0 }), async (app) => await app.close());
  const sandboxUrl = await sandbox.listen({ port: 0, host: '127.0.0.1' });
  variables = chooseProviders({}, sandboxUrl).environment;
  files = stack.use(
    await fileServer((request, response) => {
      const sample = sampleNamed((request.url ?? '').slice(1));
      response.writeHead(sample ? 200 : 404, { 'content-type': sample?.mime ?? 'text/plain' });
      response.end(sample?.bytes);
    }),
  );
  const urlOf = (kind: MediaSlot['kind']): string => `${files.url}/${sampleFor({ kind }).file}`;
  urls = { image: urlOf('image'), video: urlOf('video'), audio: urlOf('audio') };
});
afterAll(async () => await stack.disposeAsync());

/** What the front door would answer: issues, or the vendor's request. */
function judge(model: Model, input: unknown): Prepared {
  const issues = validateInput(model, input);
  if (issues.length > 0) return { ok: false, issues };
  return catalog.providerOf(model).prepare(oneCall(model, input as JsonObject), model);
}

/** The part of an input that is one call of the vendor. */
function oneCall(model: Model, input: JsonObject): JsonObject {
  const { perCall } = model;
  const { n } = input;
  return perCall !== undefined && typeof n === 'number' && n > perCall
    ? { ...input, n: perCall }
    : input;
}

/** The request as the worker completes it, with media that are small and real. */
function filled({ request, media = [] }: Extract<Prepared, { ok: true }>): JsonObject {
  return media.reduce((before, slot) => {
    const { mime, bytes, file } = sampleFor(slot);
    const base64 = bytes.toString('base64');
    const value = {
      base64,
      'data-url': `data:${mime};base64,${base64}`,
      url: `${files.url}/${file}`,
    }[slot.as];
    const placed = placeInRequest(before, slot.at, value);
    return slot.mimeAt === undefined ? placed : placeInRequest(placed, slot.mimeAt, mime);
  }, request);
}

function contextOf(model: Model): SubmitContext {
  const [account] = accountsOf(catalog.providerOf(model), {
    text: (name) => variables[name],
    secret: (name) => {
      const value = variables[name];
      return value === undefined ? undefined : { reveal: () => value };
    },
  });
  if (!account) throw new Error(`${model.id} has no stand-in in tools/start/providers.mjs`);
  return {
    http: create({ validateStatus: () => true, maxRedirects: 0, proxy: false }),
    baseUrl: account.baseUrl,
    settings: account.settings,
    credential: async () => await account.credential(),
    attemptId: 'at-01JD00000000000000000000',
    hookUrl: null,
    signal: new AbortController().signal,
  };
}

/** How the stand-in refused a request, unless for its content or for being asked too often. */
async function refusalOf(model: Model, request: JsonObject): Promise<string | null> {
  try {
    await catalog.providerOf(model).submit(request, contextOf(model));
    return null;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const isExpected = error.taskError === 'CONTENT_REJECTED' || error.status === 429;
    return isExpected ? null : error.message;
  }
}

describe(`every model’s schema (seed ${SEED})`, { timeout: 30_000 }, () => {
  it.each(models)('$id: whatever comes is judged, and what is wrong has a path', (model) => {
    const isOver = clock();
    const inputs = fc.oneof(inputsOf(model, urls), brokenInputsOf(model, urls));
    fc.assert(
      fc.property(inputs, (input) => {
        const verdict = isOver() ? null : judge(model, input);
        if (!verdict || verdict.ok) return;
        expect(verdict.issues.length).toBeGreaterThan(0);
        for (const { path, message } of verdict.issues) {
          expect(path).toMatch(/^input(\.|$)/);
          expect(message).not.toBe('');
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it.each(models)('$id: what is taken here is taken by the vendor', async (model) => {
    const isOver = clock();
    let submits = 0;
    await fc.assert(
      fc.asyncProperty(inputsOf(model, urls), async (input) => {
        // The first is the example, so that however slow the machine is, something is sent.
        if (submits === MAX_SUBMITS || (submits > 0 && isOver())) return;
        const verdict = judge(model, input);
        if (!verdict.ok) return;
        submits += 1;
        expect(await refusalOf(model, filled(verdict))).toBeNull();
      }),
      { seed: SEED, numRuns: 4 * MAX_SUBMITS, examples: [[withUrls(model, urls)]] },
    );
    expect(submits).toBeGreaterThan(0);
  });
});

/** Tells whether a test's share of the time is over. */
function clock(): () => boolean {
  const until = performance.now() + SHARE_MS;
  return () => performance.now() > until;
}

const MAX_SUBMITS = 25;
