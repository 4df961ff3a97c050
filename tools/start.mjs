#!/usr/bin/env node
import { startEverything } from './start/start-everything.mjs';
import { complain, sentenceOf, StartError } from './start/output.mjs';
import { onStopSignal } from './start/stop-signals.mjs';

const stop = new AbortController();
const hurry = new AbortController();
onStopSignal(stop, hurry);

try {
  await startEverything({ stop: stop.signal, hurry: hurry.signal });
} catch (error) {
  complain(
    error instanceof StartError
      ? sentenceOf(error)
      : String(error instanceof Error ? error.stack : error),
  );
  process.exitCode = 1;
}
