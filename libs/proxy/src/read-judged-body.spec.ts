import { describe, expect, it } from 'vitest';
import { readJudgedBody } from './read-judged-body.js';

const CHAT = ['max_completion_tokens', 'max_tokens'];
const read = (body: unknown, maxTokensFields = CHAT) =>
  readJudgedBody(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), {
    maxTokensFields,
    strict: true,
  });

describe('readJudgedBody', () => {
  it('reads what is asked for, and keeps the bytes', () => {
    const text = '{"model":"gpt-5", "stream":true, "n":3, "max_tokens":7}';

    expect(read(text)).toEqual({
      body: { bytes: Buffer.from(text), model: 'gpt-5', stream: true, choices: 3, maxTokens: 7 },
      doubled: null,
      flaw: null,
    });
  });

  it.each([
    [{}, null],
    [{ max_tokens: null }, null],
    [{ max_tokens: 5 }, 5],
    [{ max_tokens: 0 }, 0],
    [{ max_tokens: 5, max_completion_tokens: 9 }, 9],
    [{ max_tokens: 9, max_completion_tokens: 5 }, 9],
    // Not a field of chat: no maximum by itself, but it counts beside one.
    [{ max_output_tokens: 5 }, null],
    [{ max_output_tokens: 9, max_tokens: 5 }, 9],
  ])('of %j the maximum is %s', (body, maxTokens) => {
    expect(read(body).body.maxTokens).toBe(maxTokens);
  });

  it.each([
    [{}, 1],
    [{ n: null }, 1],
    [{ n: 4 }, 4],
    [{ n: 2, best_of: 5 }, 5],
    [{ n: 0 }, 1],
  ])('of %j the choices are %i', (body, choices) => {
    expect(read(body).body.choices).toBe(choices);
  });

  it.each([
    ['{"max_tokens":"5"}', 'max_tokens'],
    ['{"max_tokens":-1}', 'max_tokens'],
    ['{"max_tokens":1.5}', 'max_tokens'],
    ['{"max_tokens":1e400}', 'max_tokens'],
    ['{"n":[2]}', 'n'],
    ['{"Model":"m"}', 'Model'],
    ['{"model":"m"', null],
    ['{"a":[1,],"model":"m"}', null],
    ['[]', null],
    ['', null],
  ])('says what is wrong with %s', (body, param) => {
    expect(read(body).flaw).toMatchObject({ param });
  });

  it('takes no bytes that are no UTF-8 for JSON', () => {
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);

    expect(readJudgedBody(bytes, { maxTokensFields: [], strict: true }).flaw).not.toBeNull();
  });

  it.each(['{"model":["m"]}', '{"model":5}', '{"model":""}', `{"model":"${'m'.repeat(300)}"}`])(
    'finds no model in %s',
    (body) => {
      expect(read(body).body.model).toBeNull();
    },
  );
});
