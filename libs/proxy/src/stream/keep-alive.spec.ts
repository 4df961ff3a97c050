import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeepAlive } from './keep-alive.js';

const COMMENT = ': keep-alive\n\n';
const EVENT = 'data: 1\n\n';

describe('KeepAlive', () => {
  it('writes a comment after each silence, from the head on', () => {
    const { caller, keepAlive } = stand(100);

    keepAlive.start();
    vi.advanceTimersByTime(99);
    const before = caller.taken;
    vi.advanceTimersByTime(201);

    expect([before, caller.taken]).toEqual(['', COMMENT + COMMENT + COMMENT]);
  });

  it('writes none while events pass', () => {
    const { caller, keepAlive, pass } = stand(100);

    keepAlive.start();
    for (let sent = 0; sent < 5; sent += 1) {
      vi.advanceTimersByTime(99);
      pass(EVENT);
    }

    expect(caller.taken).toBe(EVENT.repeat(5));
  });

  it.each(['\n', '\r\n', '\r'])(
    'waits for the end of an event whose lines end in %j',
    (lineEnd) => {
      const text = `id: 1${lineEnd}data: {"a":"\\n\\n"}${lineEnd}${lineEnd}`;
      // A lone CR closes the event too, whether or not its LF is still to come.
      const closed = text.replace(/\n$/, '').length;

      for (let cut = 1; cut <= text.length; cut += 1) {
        for (const pieces of [[text.slice(0, cut)], Array.from(text.slice(0, cut))]) {
          const { caller, keepAlive, pass } = stand(100);
          keepAlive.start();
          for (const piece of pieces) pass(piece);
          vi.advanceTimersByTime(100);

          const isWhole = lineEnd === '\n' ? cut === text.length : cut >= closed;
          expect(caller.taken.endsWith(COMMENT)).toBe(isWhole);
        }
      }
    },
  );

  it('takes up again when the event that was begun has ended', () => {
    const { caller, keepAlive, pass } = stand(100);

    keepAlive.start();
    pass('data: ');
    vi.advanceTimersByTime(250);
    pass('1\n\n');
    vi.advanceTimersByTime(100);

    expect(caller.taken).toBe(EVENT + COMMENT);
  });

  it('writes nothing more to a caller who does not take what is there', () => {
    const { caller, keepAlive, pass } = stand(100);
    caller.isSlow = true;

    keepAlive.start();
    pass(EVENT);
    vi.advanceTimersByTime(1_000);
    const meanwhile = caller.writableLength;
    caller.takeAll();
    vi.advanceTimersByTime(100);

    expect(meanwhile).toBe(EVENT.length);
    expect(caller.taken).toBe(EVENT + COMMENT);
  });

  it.each([
    ['stopped', (_: Caller, keepAlive: KeepAlive) => keepAlive.stop()],
    ['at its end', (caller: Caller) => void caller.end()],
    ['left by its caller', (caller: Caller) => void caller.destroy()],
  ])('is over once %s', (_, end) => {
    const { caller, keepAlive } = stand(100);

    keepAlive.start();
    end(caller, keepAlive);
    vi.advanceTimersByTime(1_000);

    expect(caller.taken).toBe('');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('of 0 ms never writes', () => {
    const { keepAlive } = stand(0);

    keepAlive.start();

    expect(vi.getTimerCount()).toBe(0);
  });
});

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** Takes what is written at once, or when told to. */
class Caller extends Writable {
  taken = '';
  isSlow = false;
  private waiting: (() => void) | null = null;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.taken += chunk.toString('utf8');
    if (this.isSlow) this.waiting = done;
    else done();
  }

  takeAll(): void {
    this.isSlow = false;
    this.waiting?.();
  }
}

function stand(silenceMs: number) {
  const caller = new Caller();
  const keepAlive = new KeepAlive(caller, silenceMs);
  const pass = (text: string): void => {
    keepAlive.passing(Buffer.from(text));
    caller.write(text);
  };
  return { caller, keepAlive, pass };
}
