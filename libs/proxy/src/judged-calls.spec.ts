import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { Policy } from '@app/tenants';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, call, open } from './testing/call.js';
import { deferred } from './testing/deferred.js';
import { RecordingGovernor } from './testing/recording-governor.js';
import { stand, type Stand, type StandOptions } from './testing/stand.js';

const stands: Stand[] = [];

afterEach(async () => {
  await Promise.all(stands.splice(0).map((one) => one.close()));
});

async function standing(listener: RequestListener, options: StandOptions = {}): Promise<Stand> {
  const opened = await stand(listener, options);
  stands.push(opened);
  return opened;
}

/** Answers with the bytes that it got. */
const ECHO: RequestListener = (request, response) =>
  void buffer(request).then((bytes) => response.end(bytes));

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'multipart/form-data; boundary=b' };
const CHUNKED = { ...JSON_TYPE, 'transfer-encoding': 'chunked' };

async function ask(
  policy: Policy,
  path: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = JSON_TYPE,
): Promise<Answer & { error: { code: string; param: string | null; message: string } }> {
  const { front } = await standing(ECHO, { policy });
  const answer = await call(`${front.url}/v1/${path}`, { method: 'POST', headers, body });
  const shown: unknown = answer.status < 400 ? {} : JSON.parse(answer.bytes.toString());
  return { ...answer, ...(shown as { error: never }) };
}

const MODELS: Policy = { models: { allow: ['gpt-5*'] } };

describe('a JSON body', () => {
  it.each([
    ['as it is', '{ "model" : "gpt-5",\n"é":"\\u00e9" }'],
    ['also where it is no JSON', '{"model":'],
    ['also where it is empty but told', ' '],
    ['also where it is larger than what is read', JSON.stringify({ a: 'x'.repeat(200_000) })],
  ])('is sent on %s', async (_, body) => {
    const { status, bytes } = await ask({}, 'chat/completions', body);

    expect(status).toBe(200);
    expect(bytes.equals(Buffer.from(body))).toBe(true);
  });

  it('is sent on byte for byte when its length was not told, whatever its size', async () => {
    for (const size of [10, 65_000, 66_000, 900_000]) {
      const { front } = await standing(ECHO);
      const bytes = Buffer.from(JSON.stringify({ a: randomBytes(size / 2).toString('hex') }));
      const { request, answer } = open(`${front.url}/v1/responses`, {
        method: 'POST',
        headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' },
      });
      for (let at = 0; at < bytes.length; at += 30_000) {
        request.write(bytes.subarray(at, at + 30_000));
      }
      request.end();

      const sent = await buffer(await answer);

      expect(sent.equals(bytes)).toBe(true);
    }
  });

  it('that is too large for a process that is full is streamed, where no rule needs it', async () => {
    const { front } = await standing(ECHO, { maxHeldBytes: 10 });
    const body = JSON.stringify({ model: 'gpt-5', input: 'x'.repeat(1_000) });

    const answer = await call(`${front.url}/v1/responses`, {
      method: 'POST',
      headers: JSON_TYPE,
      body,
    });

    expect(answer.bytes.toString()).toBe(body);
  });

  it('that is too large for a process that is full is refused for a while, where one does', async () => {
    const { front } = await standing(ECHO, { maxHeldBytes: 10, policy: MODELS });

    const answer = await call(`${front.url}/v1/responses`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: '{"model":"gpt-5-mini"}',
    });

    expect(answer.status).toBe(503);
  });

  it('leaves its room to others while its answer streams', async () => {
    const release = deferred();
    const { front } = await standing(
      (request, response) => {
        request.resume().once('end', () => {
          response.write('a');
          void release.promise.then(() => response.end());
        });
      },
      { maxHeldBytes: 30, policy: MODELS },
    );
    const options = { method: 'POST', headers: JSON_TYPE };
    const first = open(`${front.url}/v1/embeddings`, options);
    first.request.end('{"model":"gpt-5-first"}');
    await first.answer;

    const second = open(`${front.url}/v1/embeddings`, options);
    second.request.end('{"model":"gpt-5-second"}');

    expect((await second.answer).statusCode).toBe(200);
    release.resolve();
  });

  it('with a key that stands twice is refused, whatever the policy', async () => {
    const { status, error } = await ask({}, 'responses', '{"model":"a","mod\\u0065l":"b"}');

    expect([status, error.param]).toEqual([400, 'model']);
  });
});

describe('a body over the limit of all bodies', () => {
  it('is refused, also where more JSON would be read and its length was not told', async () => {
    const { front } = await standing((request) => void request.resume(), { maxBodyBytes: 20 });
    const { request, answer } = open(`${front.url}/v1/responses`, {
      method: 'POST',
      headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' },
    });

    request.end('{"model":"gpt-5","input":"more than that"}');

    expect((await answer).statusCode).toBe(413);
  });
});

describe('policy on models', () => {
  it.each([
    ['chat/completions', '{"model":"gpt-5"}', 200],
    ['chat/completions', '{"model":"GPT-5.1"}', 200],
    ['chat/completions', '{"model":"o3"}', 403],
    ['chat/completions', '{"messages":[]}', 403],
    [
      'responses',
      '{"model":"gpt-5","tools":[{"type":"image_generation","model":"gpt-image-1"}]}',
      403,
    ],
    ['responses', '{"model":"gpt-5","tools":[{"type":"web_search"},null,5]}', 200],
    ['chat/completions', '{"model":"gpt-5","models":["o3"]}', 400],
    ['embeddings', '{"model":"o3"}', 403],
    ['files', '{"model":"o3"}', 200],
    ['vector_stores/vs_1/files', '{}', 200],
    ['batches', '{"input_file_id":"f"}', 403],
    ['fine_tuning/jobs', '{"model":"gpt-5"}', 403],
    ['realtime/client_secrets', '{"session":{"model":"gpt-5"}}', 403],
    ['chat/completions', '{"model":"gpt-5"', 400],
    ['chat/completions', '{"model":"gpt-5","Model":"o3"}', 400],
    ['chat/completions', '{"model":"gpt-5"}{"model":"o3"}', 400],
    ['chat/completions', '[{"model":"gpt-5"}]', 400],
  ])('POST /v1/%s %s: %i', async (path, body, status) => {
    expect((await ask(MODELS, path, body)).status).toBe(status);
  });

  it('judges all names that a model has', async () => {
    const { front } = await standing(ECHO, {
      policy: { models: { deny: ['picture-1'] } },
      namesOf: (model) => [model, 'picture-1'],
    });

    const answer = await call(`${front.url}/v1/images/generations`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: '{"model":"alias-of-it"}',
    });

    expect(answer.status).toBe(403);
    expect(answer.bytes.toString()).toContain('alias-of-it');
  });

  it.each<[string, string, Readonly<Record<string, string>>, number]>([
    ['multipart', 'audio/transcriptions', FORM_TYPE, 413],
    ['multipart that costs nothing', 'files', FORM_TYPE, 200],
    ['another type', 'responses', { 'content-type': 'text/plain' }, 415],
    ['no type', 'responses', {}, 415],
    ['another charset', 'responses', { 'content-type': 'application/json; charset=utf-16' }, 415],
    [
      'the charset of JSON',
      'responses',
      { 'content-type': 'application/json; charset=UTF-8' },
      200,
    ],
    ['an encoding', 'responses', { ...JSON_TYPE, 'content-encoding': 'gzip' }, 415],
    ['no encoding', 'responses', { ...JSON_TYPE, 'content-encoding': 'identity' }, 200],
  ])('of %s', async (_, path, headers, status) => {
    expect((await ask(MODELS, path, '{"model":"gpt-5"}', headers)).status).toBe(status);
  });

  it('refuses two content types, of which others may take the second', async () => {
    const { front } = await standing(ECHO, { policy: MODELS });
    const body = '{"model":"gpt-5"}';

    const answer = await call(`${front.url}/v1/responses`, {
      method: 'POST',
      headers: [
        'host',
        'localhost',
        'content-length',
        String(body.length),
        'content-type',
        'application/json',
        'Content-Type',
        'text/plain',
      ],
      body,
    });

    expect(answer.status).toBe(415);
  });

  it.each([true, false])('of a body that is larger than what is read; told: %s', async (isTold) => {
    const { front } = await standing(() => expect.unreachable(), { policy: MODELS });
    const body = JSON.stringify({ model: 'gpt-5', input: 'x'.repeat(70_000) });
    const headers = isTold ? JSON_TYPE : { ...JSON_TYPE, 'transfer-encoding': 'chunked' };

    const answer = await call(`${front.url}/v1/responses`, { method: 'POST', headers, body });

    expect(answer.status).toBe(413);
    expect(answer.bytes.toString()).toContain('65536');
  });

  it('sends compressed bodies on where no rule needs them', async () => {
    const zipped = gzipSync('{"model":"o3"}');

    const { status, bytes } = await ask({}, 'responses', zipped, {
      ...JSON_TYPE,
      'content-encoding': 'gzip',
    });

    expect([status, bytes.equals(zipped)]).toEqual([200, true]);
  });

  it('asks reads for nothing', async () => {
    const { front } = await standing(ECHO, { policy: { ...MODELS, maxTokens: 1 } });

    expect((await call(`${front.url}/v1/models`)).status).toBe(200);
    expect((await call(`${front.url}/v1/files/f_1`, { method: 'DELETE' })).status).toBe(200);
  });
});

describe('policy on maxTokens', () => {
  it.each([
    ['chat/completions', { max_completion_tokens: 8 }, null],
    ['chat/completions', { max_completion_tokens: 8, n: 9 }, null],
    ['chat/completions', { max_tokens: 8 }, null],
    ['chat/completions', { max_tokens: 9 }, 'max_completion_tokens'],
    ['chat/completions', { max_tokens: 1, max_completion_tokens: 9 }, 'max_completion_tokens'],
    ['chat/completions', {}, 'max_completion_tokens'],
    ['chat/completions', { max_output_tokens: 1 }, 'max_completion_tokens'],
    ['responses', { max_output_tokens: 8 }, null],
    ['responses', { max_tokens: 8 }, 'max_output_tokens'],
    ['completions', {}, 'max_tokens'],
    ['embeddings', {}, null],
    ['threads/t_1/runs', { max_completion_tokens: 8 }, null],
    ['something/new', {}, 'max_tokens'],
  ])('POST /v1/%s with %j blames %s', async (path, body, param) => {
    const { status, error } = await ask({ maxTokens: 8 }, path, JSON.stringify(body));

    expect(status).toBe(param === null ? 200 : 403);
    expect(error?.param ?? null).toBe(param);
  });

  it('takes a maximum that is no number for none that was meant', async () => {
    const { status, error } = await ask({ maxTokens: 8 }, 'responses', '{"max_output_tokens":"8"}');

    expect([status, error.param]).toEqual([400, 'max_output_tokens']);
  });

  it('says nothing against a form that generates no text', async () => {
    expect((await ask({ maxTokens: 8 }, 'images/edits', '--b--', FORM_TYPE)).status).toBe(200);
  });
});

describe('limits on tokens and money', () => {
  it.each<Policy>([{ tokensPerMinute: 5 }, { dailyBudgetUsd: 1 }, { monthlyBudgetUsd: 0 }])(
    '%j: what could not be counted is refused, the rest is the governor’s',
    async (policy) => {
      expect((await ask(policy, 'chat/completions', '{"model":"o3"}')).status).toBe(200);
      expect((await ask(policy, 'audio/transcriptions', '--b--', FORM_TYPE)).status).toBe(413);
      expect((await ask(policy, 'batches', '{}')).status).toBe(403);
      expect((await ask(policy, 'files', '--b--', FORM_TYPE)).status).toBe(200);
    },
  );

  it('needs the body for a maximum of cost too, and says so', async () => {
    const headers = { ...FORM_TYPE, 'x-taskgate-max-cost': '1' };

    const { status, error } = await ask({}, 'images/edits', '--b--', headers);

    expect([status, error.message]).toEqual([413, expect.stringContaining('x-taskgate-max-cost')]);
  });

  it('refuses a maximum of cost that is none, before anything is asked', async () => {
    const governor = new RecordingGovernor();
    const { front } = await standing(() => expect.unreachable(), { governor });

    const answer = await call(`${front.url}/v1/models`, {
      headers: { 'x-taskgate-max-cost': '-1' },
    });

    expect([answer.status, governor.told]).toEqual([400, []]);
  });
});

describe('a key’s own policy', () => {
  it('holds besides its tenant’s', async () => {
    const { front } = await standing(ECHO, { policy: MODELS, keyPolicy: { maxTokens: 5 } });
    const send = async (body: object) =>
      (
        await call(`${front.url}/v1/responses`, {
          method: 'POST',
          headers: JSON_TYPE,
          body: JSON.stringify(body),
        })
      ).status;

    expect([
      await send({ model: 'gpt-5', max_output_tokens: 5 }),
      await send({ model: 'gpt-5' }),
      await send({ model: 'o3', max_output_tokens: 5 }),
    ]).toEqual([200, 403, 403]);
  });
});

describe('an Idempotency-Key', () => {
  const KEYED = { ...JSON_TYPE, 'idempotency-key': 'k' };

  it.each([
    ['where what it starts is paid for elsewhere', 'batches', '{"a":1}'],
    ['on what costs nothing', 'vector_stores', '{"a":1}'],
    ['with what is no JSON', 'chat/completions', '{"model":'],
  ])('changes nothing %s', async (_, path, body) => {
    const { status, bytes } = await ask({}, path, body, KEYED);

    expect([status, bytes.toString()]).toEqual([200, body]);
  });

  it.each([
    ['a form', 'files', 'x', FORM_TYPE],
    ['a body that is larger than what is read', 'files', '"'.padEnd(70_000), JSON_TYPE],
    ['one whose length was not told', 'files', '"'.padEnd(70_000), CHUNKED],
  ])('cannot be kept with %s', async (_, path, body, headers) => {
    const { status, error } = await ask({}, path, body, { ...headers, 'idempotency-key': 'k' });

    expect(status).toBe(413);
    expect(error.message).toContain('must be known to keep Idempotency-Key.');
  });

  it('makes no difference to what policy asks for', async () => {
    const { status, error } = await ask(MODELS, 'batches', '{"a":1}', KEYED);

    expect(status).toBe(403);
    expect(error.message).not.toContain('Idempotency-Key');
  });
});
