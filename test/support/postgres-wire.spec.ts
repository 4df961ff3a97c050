import { describe, expect, it } from 'vitest';
import {
  commits,
  type Statement,
  StatementReader,
  type WireMessage,
  WireReader,
} from './postgres-wire.js';

const zero = (text: string): Buffer => Buffer.from(`${text}\0`);

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const int16 = (number: number): Buffer => Buffer.from([number >> 8, number & 0xff]);

function value(text: string | null): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(text === null ? -1 : Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text ?? '')]);
}

const parse = (name: string, text: string): Buffer =>
  message('P', zero(name), zero(text), int16(0));
const bind = (name: string, values: readonly (string | null)[]): Buffer =>
  message(
    'B',
    zero(''),
    zero(name),
    int16(0),
    int16(values.length),
    ...values.map(value),
    int16(0),
  );
const simple = (text: string): Buffer => message('Q', zero(text));

function statementsOf(...messages: readonly Buffer[]): readonly Statement[] {
  const reader = new StatementReader();
  return new WireReader(false)
    .read(Buffer.concat(messages))
    .map((one: WireMessage) => reader.read(one))
    .filter((one) => one !== null);
}

describe('a reader of the Postgres protocol', () => {
  it('finds the same messages however the bytes are cut', () => {
    const start = message('', Buffer.from('start'));
    const bytes = Buffer.concat([start, simple('SELECT 1'), simple('SELECT 2')]);
    const reader = new WireReader(true);
    const types = [...bytes].flatMap((byte) =>
      reader.read(Buffer.from([byte])).map(({ type }) => type),
    );

    expect(types).toEqual(['', 'Q', 'Q']);
  });

  it('knows the text of a prepared statement and the values of each run', () => {
    const statements = statementsOf(
      parse('named', 'UPDATE tasks SET status = $1 WHERE id = $2'),
      bind('named', ['fail', 'tk-1']),
      bind('named', [null, 'tk-é']),
    );

    expect(statements.map(({ values }) => values)).toEqual([
      ['fail', 'tk-1'],
      [null, 'tk-é'],
    ]);
    expect(statements[1]?.text).toContain('UPDATE tasks');
  });

  it('tells of a COMMIT what it commits', () => {
    const [alone, , inside, commit, after] = statementsOf(
      simple('DELETE FROM outbox'),
      simple('BEGIN'),
      simple('DELETE FROM outbox'),
      simple('COMMIT'),
      simple('SELECT 1'),
    ).map((statement) => commits(/DELETE FROM outbox/, statement));

    expect({ alone, inside, commit, after }).toEqual({
      alone: true,
      inside: false,
      commit: true,
      after: false,
    });
  });
});
