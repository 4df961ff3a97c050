import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.js';
import type { Model } from '../model.js';
import type { Checked, Provider, Submitted } from '../provider.js';
import { type ErrorCase, providerErrorOf } from './failure.js';
import { type ReplayAnswer, ReplayServer, TEST_KEY } from './replay-server.js';

/** One way in which a vendor takes jobs: a path with its own answers. */
export interface Protocol {
  readonly name: string;
  readonly model: Model;
  readonly input: JsonObject;
  /** Below the stand-in's origin; default the origin itself. */
  readonly basePath?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** A submit that the vendor takes; `{origin}` in it is the stand-in's own. Several: the calls that one submit makes, in their order. */
  readonly taken: ReplayAnswer | readonly ReplayAnswer[];
  /** Every refusal that the vendor's pages list, with what it means. */
  readonly refusals: readonly ErrorCase[];
  /** Answers of 2xx that lack what they must hold (an id, a picture), beyond those that are tried anyway. */
  readonly unreadable: readonly ReplayAnswer[];
  /** How a job is asked for; absent: the submit answers with the result. */
  readonly looks?: Looks;
}

export interface Looks {
  /** Every state that means "not yet", and one that the vendor never named. */
  readonly running: readonly ReplayAnswer[];
  /** Several: the calls that this look makes, in their order. */
  readonly done: ReplayAnswer | readonly ReplayAnswer[];
  /** Every way for a job to fail, with the code that the caller sees. */
  readonly failed: readonly { readonly answer: ReplayAnswer; readonly code: string }[];
}

/**
 * What every adapter must hold to, whatever the vendor: nothing here knows one. The vendor's own spec
 * has its translation and its prices.
 */
export function describeProvider(provider: Provider, protocols: readonly Protocol[]): void {
  describe.each(protocols)(`${provider.id}, $name`, (protocol) => {
    let vendor: ReplayServer;
    beforeAll(async () => {
      vendor = await ReplayServer.start();
    });
    beforeEach(() => vendor.reset());
    afterAll(async () => await vendor.close());
    const { request, media } = preparedOf(provider, protocol);
    const context = () =>
      vendor.context({
        baseUrl: `${vendor.origin}${protocol.basePath ?? ''}`,
        settings: protocol.settings ?? {},
      });
    const submit = async (): Promise<Submitted> => await provider.submit(request, context());
    const taken = [protocol.taken].flat();
    const answer = (...answers: readonly ReplayAnswer[]): void => {
      const text = JSON.stringify(answers).replaceAll('{origin}', vendor.origin);
      vendor.answer(...(JSON.parse(text) as ReplayAnswer[]));
    };

    it('has a request that survives a row of Postgres, and whose media have a place in it', () => {
      expect(JSON.parse(JSON.stringify(request))).toEqual(request);
      for (const slot of media) expect(placeAt(request, slot.at), slot.at).toBeNull();
    });

    it('sends one request for one submit, and what comes of it survives a row of Postgres', async () => {
      answer(...taken);
      const submitted = await submit();
      expect(vendor.requests).toHaveLength(taken.length);
      const kept = submitted.state === 'done' ? submitted.usage : submitted.handle;
      expect(JSON.parse(JSON.stringify(kept))).toEqual(kept);
      const named = submitted.state === 'done' ? submitted.outputs : submitted.vendorId;
      expect(named.length).toBeGreaterThan(0);
      expect(inspect(submitted, { depth: 9 })).not.toContain(TEST_KEY);
    });

    it.each(protocol.refusals)('judges a submit: $name', async ({ answer: refusal, verdict }) => {
      answer(...taken.slice(0, -1), refusal);
      const error = await providerErrorOf(submit());
      expect(error).toMatchObject(verdict);
      expect(inspect(error)).not.toContain(TEST_KEY);
    });

    it('waits as long as a 429 asks, and sends nothing again by itself', async () => {
      const refusals = [{ 'retry-after': '7' }, {}].map((headers) => {
        return { status: 429, headers, body: {} };
      });
      const errors = [];
      for (const refusal of refusals) {
        answer(...taken.slice(0, -1), refusal);
        errors.push(await providerErrorOf(submit()));
      }
      expect(errors).toMatchObject([
        { accepted: 'no', retryable: true, retryAfterMs: 7000 },
        { accepted: 'no', retryable: true, retryAfterMs: undefined },
      ]);
      expect(vendor.requests).toHaveLength(2 * taken.length);
    });

    it.each<ReplayAnswer>([
      ...[408, 409, 500, 502, 503, 504].map((status) => ({ status, body: {} })),
      { body: {} },
      { body: [] },
      { body: '' },
      { body: '<html>' },
      { body: 'null' },
      { status: 307, headers: { location: '/elsewhere' }, body: '' },
      { hangUp: true },
      ...protocol.unreadable,
    ])('may have been taken after %j', async (broken) => {
      answer(...taken.slice(0, -1), broken);
      const error = await providerErrorOf(submit());
      expect(error).toMatchObject({ accepted: 'unknown' });
      expect(inspect(error)).not.toContain(TEST_KEY);
    });

    const { looks } = protocol;
    if (!looks) return;

    /** Looks at a fresh job, under the handle as Postgres gives it back. */
    const lookAt = async (...states: readonly ReplayAnswer[]): Promise<Checked> => {
      answer(...taken);
      const submitted = await submit();
      if (submitted.state !== 'accepted' || !provider.check) throw new Error('It makes no jobs');
      const handle: JsonObject = JSON.parse(JSON.stringify(submitted.handle));
      answer(...states);
      return await provider.check(handle, context());
    };

    it.each(looks.running)('goes on after %j', async (state) => {
      expect(await lookAt(state)).toMatchObject({ state: 'running' });
    });

    it('is done, with everything that came', async () => {
      const checked = await lookAt(...[looks.done].flat());
      expect(checked).toMatchObject({ state: 'done' });
      expect(inspect(checked, { depth: 9 })).not.toContain(TEST_KEY);
    });

    it.each(looks.failed)('fails as $code after $answer', async ({ answer: state, code }) => {
      const checked = await lookAt(state);
      expect(checked).toMatchObject({ state: 'failed', code });
      expect(inspect(checked)).not.toContain(TEST_KEY);
    });

    it.each<ReplayAnswer>([
      { status: 429, body: {} },
      { status: 500, body: {} },
      { status: 503, body: '<html>' },
      { body: '<html>' },
      { body: {} },
      { hangUp: true },
    ])('is looked at again after %j: no end of a job', async (state) => {
      const error = await providerErrorOf(lookAt(state));
      expect(error).toMatchObject({ retryable: true });
      expect(inspect(error)).not.toContain(TEST_KEY);
    });
  });
}

function preparedOf(provider: Provider, { model, input }: Protocol) {
  const prepared = provider.prepare(input, model);
  if (!prepared.ok) throw new Error(`${model.id}: ${prepared.issues.map((i) => i.message).join()}`);
  return { request: prepared.request, media: prepared.media ?? [] };
}

/** The value at a JSON Pointer (RFC 6901) without escapes. */
function placeAt(request: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((inner, key) => Reflect.get(Object(inner), key), request);
}
