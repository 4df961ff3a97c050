import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { heldSize } from '../testing/held-size.js';
import { judged } from '../testing/judged.js';
import { usageScannerFor } from '../usage-scanner.js';
import { KeepAlive } from './keep-alive.js';
import { streamVerdictFor } from './stream-verdict.js';
import { UsageStripper } from './usage-stripper.js';

const HEADERS = ['content-type', 'text/event-stream'];
const EVENT = Buffer.from(
  `data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"${'x'.repeat(120)}"}}],"usage":null}\n\n`,
);
/** Cut within an event, so that the rest of it has to be kept. */
const PIECES = [
  EVENT.subarray(0, 90),
  Buffer.concat([EVENT.subarray(90), ...Array(49).fill(EVENT)]),
];

describe('What watches a stream', () => {
  it('holds after two thousand events what it held after fifty', async () => {
    const parts = watching();

    await parts.pass(1);
    const afterFifty = heldSize(parts);
    await parts.pass(39);

    expect(heldSize(parts)).toBe(afterFifty);
  });

  it('holds no more of an event of 4 MiB than what may be judged whole', async () => {
    const parts = watching();
    await parts.write(Buffer.from('data: {"a":"'));

    for (let sent = 0; sent < 64; sent += 1) await parts.write(Buffer.alloc(70_000, 'A'));

    expect(heldSize(parts)).toBeLessThan(65_536);
  });
});

function watching() {
  const verdict = streamVerdictFor(
    { method: 'POST', path: '/v1/chat/completions', body: judged({}) },
    HEADERS,
  );
  const usage = usageScannerFor(HEADERS);
  const stripper = new UsageStripper();
  const caller = new PassThrough();
  const keepAlive = new KeepAlive(caller, 60_000);
  stripper.on('data', (bytes: Buffer) => keepAlive.passing(bytes));
  const write = async (bytes: Buffer): Promise<void> => {
    verdict.write(bytes);
    usage.write(bytes);
    await new Promise((resolve) => {
      stripper.write(bytes, resolve);
    });
  };
  const pass = async (times: number): Promise<void> => {
    for (let sent = 0; sent < times; sent += 1) for (const piece of PIECES) await write(piece);
  };
  return { verdict, usage, stripper, keepAlive, write, pass };
}
