import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { deferred } from '../testing/deferred.js';
import { AnswerIds, type MadeId } from './answer-ids.js';
import { AnswerWatch } from './answer-watch.js';
import type { MadePaths } from './made-by.js';

const PATHS: MadePaths = {
  id: 'responses',
  'response.id': 'responses',
  'output.id': 'responses/items',
  'item.id': 'responses/items',
  'tool.stores': 'vector_stores',
};

const idsIn = (format: 'json' | 'events', ...pieces: readonly Uint8Array[]): readonly MadeId[] => {
  const ids = new AnswerIds(PATHS, format);
  for (const piece of pieces) ids.write(piece);
  return ids.take();
};

const JSON_ANSWER = Buffer.from(
  JSON.stringify({
    metadata: { id: 'mine', response: { id: 'mine' } },
    output: [{ id: 'msg_1', content: [{ id: 'part' }] }, { id: 'msg_2' }],
    tool: { stores: ['vs_1', 'vs_2'] },
    note: 'a "quoted" id: {"id":"x"}',
    id: 'resp_1',
  }),
);
const EVENTS = Buffer.from(
  'event: response.created\r\ndata: {"response":{"id":"resp_1"}}\r\n\r\n' +
    ': silence\n\ndata: {"item":{"id":"msg_1"}}\n\ndata: {"item_id":"msg_1","delta":"{\\"id\\":1"}\n\n' +
    'data: not json {"\n\ndata: {"response":{"id":"resp_1"}}\n\ndata: [DONE]\n\n',
);

describe('ids of new objects in an answer', () => {
  it('are those at the paths where the upstream names them, and no others', () => {
    expect(idsIn('json', JSON_ANSWER).map(({ id, kind }) => `${kind} ${id}`)).toEqual([
      'responses/items msg_1',
      'responses/items msg_2',
      'vector_stores vs_1',
      'vector_stores vs_2',
      'responses resp_1',
    ]);
    expect(idsIn('events', EVENTS).map(({ id }) => id)).toEqual(['resp_1', 'msg_1']);
  });

  it.each([
    ['json', JSON_ANSWER],
    ['events', EVENTS],
  ] as const)('are the same wherever the bytes are cut: %s', (format, bytes) => {
    const whole = idsIn(format, bytes);

    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(idsIn(format, bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(whole);
    }
    expect(idsIn(format, ...[...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
  });
});

describe('an answer that names new objects', () => {
  it('leaves no byte of an id behind before it is written down, wherever it is cut', async () => {
    for (let cut = 1; cut < JSON_ANSWER.length; cut += 1) {
      const kept = new Set<string>();
      const watch = new AnswerWatch(new AnswerIds(PATHS, 'json'), async (made) => {
        await Promise.resolve();
        for (const { id } of made) kept.add(id);
      });
      const tooEarly: string[] = [];
      let text = '';
      watch.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        for (const id of ['msg_1', 'msg_2', 'vs_1', 'vs_2', 'resp_1']) {
          if (text.includes(id) && !kept.has(id)) tooEarly.push(id);
        }
      });
      watch.write(JSON_ANSWER.subarray(0, cut));
      watch.end(JSON_ANSWER.subarray(cut));
      await once(watch, 'end');
      expect([cut, tooEarly]).toEqual([cut, []]);
      expect(text).toBe(JSON_ANSWER.toString('utf8'));
    }
  });

  it('waits for the writing, and lets everything else pass at once', async () => {
    const written = deferred();
    const watch = new AnswerWatch(
      new AnswerIds(PATHS, 'events'),
      async () => await written.promise,
    );
    watch.write('data: {"delta":"hello"}\n\n');
    expect(String(watch.read())).toBe('data: {"delta":"hello"}\n\n');

    watch.write('data: {"item":{"id":"msg_1"}}\n\n');
    await new Promise((resolve) => setImmediate(resolve));
    expect(watch.read()).toBeNull();

    const readable = once(watch, 'readable');
    written.resolve();
    await readable;
    expect(String(watch.read())).toContain('msg_1');
  });
});
