import { describe, expect, it } from 'vitest';
import { BodyReferences } from './body-references.js';

const referencesIn = (...pieces: readonly Uint8Array[]): string[] => {
  const scanner = new BodyReferences();
  for (const piece of pieces) scanner.write(piece);
  return scanner.take().map(({ id, how, param }) => `${how} ${param} ${id}`);
};

const inBody = (body: unknown): string[] =>
  referencesIn(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

describe('references in a JSON body', () => {
  it.each([
    [{ previous_response_id: 'resp_1' }, ['certain previous_response_id resp_1']],
    [{ conversation: 'conv_1' }, ['certain conversation conv_1']],
    [{ conversation: { id: 'conv_1' } }, ['certain conversation.id conv_1']],
    [{ training_file: 'file-1', validation_file: null }, ['certain training_file file-1']],
    [{ input_file_id: 'file-1', endpoint: '/v1/responses' }, ['certain input_file_id file-1']],
    [
      { tools: [{ type: 'file_search', vector_store_ids: ['vs_1', 'vs_2'] }] },
      ['certain vector_store_ids vs_1', 'certain vector_store_ids vs_2'],
    ],
    [{ tools: [{ container: 'cntr_1' }] }, ['certain container cntr_1']],
    [
      { tools: [{ container: { type: 'auto', file_ids: ['file-1'] } }] },
      ['certain file_ids file-1'],
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }] },
      ['certain file_id file-1'],
    ],
    [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, ['certain input.id msg_1']],
    [{ input: [{ id: 'msg_1', type: 'item_reference' }] }, ['certain input.id msg_1']],
    [{ input: [{ id: 'msg_1' }] }, ['certain input.id msg_1']],
    [{ input: [{ id: 'rs_1', type: 'reasoning' }] }, ['possible input.id rs_1']],
    [{ data_source: { source: { type: 'file_id', id: 'file-1' } } }, ['certain source.id file-1']],
    [{ data_source_config: { type: 'logs' } }, ['of-all data_source_config.type logs']],
    [
      { data_source: { source: { type: 'stored_completions', metadata: {} } } },
      ['of-all source.type stored_completions'],
    ],
    [
      { data_source: { source: { type: 'responses', model: 'gpt-5' } } },
      ['of-all source.type responses'],
    ],
    [{ prompt: { id: 'pmpt_1' } }, ['possible prompt.id pmpt_1']],
    [{ skill_id: 'skill_1' }, ['possible skill_id skill_1']],
    [{ video: { id: 'video_1' } }, ['certain video.id video_1']],
  ])('%j', (body, expected) => {
    expect(inBody(body)).toEqual(expected);
  });

  it.each([
    { messages: [{ role: 'tool', tool_call_id: 'call_1', content: 'file_id' }] },
    { messages: [{ tool_calls: [{ id: 'call_1', type: 'function' }] }] },
    { input: [{ type: 'function_call_output', call_id: 'call_1' }] },
    { input: 'read file-1 and resp_1, "file_id": "file-1"' },
    { tools: [{ container: 'auto' }], conversation: 'none' },
    { tools: [{ parameters: { properties: { file_id: { type: 'string' } } } }] },
  ])('finds none in %j', (body) => {
    expect(inBody(body)).toEqual([]);
  });

  it('takes what stands in the caller’s own data for a mention', () => {
    const found = ['mentioned file_id file-abc123'];
    expect(inBody({ metadata: { file_id: 'file-abc123', user_id: 'me' } })).toEqual(found);
    const parameters = { default: { file_id: 'file-abc123' } };
    expect(inBody({ tools: [{ parameters }] })).toEqual(found);
  });

  it.each([
    ['a key that stands twice', '{"file_id":"file-1","file_id":"file-2"}', 2],
    ['a key with escapes', String.raw`{"file\u005fid":"file-1"}`, 1],
    ['an id with escapes', String.raw`{"file_id":"file\u002d1"}`, 1],
    ['an id that stands twice, of two kinds', '{"input":[{"id":"msg_1","id":"msg_2"}]}', 2],
    ['white space anywhere', '{ "file_id"\r\n:\t"file-1" }', 1],
    ['what is broken behind it', '{"file_id":"file-1",,,', 1],
  ])('are found in spite of %s', (_, body, count) => {
    expect(inBody(body)).toHaveLength(count);
  });

  it('are the same wherever the bytes are cut', () => {
    const text = JSON.stringify({
      'wör"t': '\\" {[',
      input: [{ id: 'msg_1', type: 'item_reference' }, { content: [{ file_id: 'file-ä"\\' }] }],
      metadata: { a: { file_ids: ['file-abc122', 'file-abc123'] } },
      vector_store_ids: ['vs_1'],
    });
    const bytes = Buffer.from(text);
    const whole = referencesIn(bytes);
    expect(whole).toHaveLength(5);

    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(referencesIn(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(whole);
    }
    expect(referencesIn(...[...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
  });

  it.each([
    ['UTF-16', Buffer.from('{"file_id":"file-1"}', 'utf16le')],
    ['brackets without end', Buffer.from('['.repeat(1_000))],
  ])('refuses %s, which others could read', (_, bytes) => {
    expect(() => referencesIn(bytes)).toThrow(/cannot be looked through/);
  });
});
