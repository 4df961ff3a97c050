#!/usr/bin/env node
import { HELP, readCommandLine } from './cli/command-line.mjs';
import { complain, say, sentenceOf, StartError } from './start/output.mjs';
import { onStopSignal } from './start/stop-signals.mjs';

try {
  await run(readCommandLine(process.argv.slice(2)));
} catch (error) {
  complain(
    error instanceof StartError
      ? `taskgate: ${sentenceOf(error)}`
      : String(error instanceof Error ? error.stack : error),
  );
  process.exitCode = 1;
}

/**
 * What a command needs is loaded by it alone, so that `--help` works where nothing is installed.
 * @param {import('./cli/command-line.mjs').CommandLine} line
 */
async function run(line) {
  if (line.command === 'help') return say(HELP);
  const stop = new AbortController();
  const hurry = new AbortController();
  onStopSignal(stop, hurry);
  const signals = { stop: stop.signal, hurry: hurry.signal };
  if (line.command === 'up') {
    const { startEverything } = await import('./start/start-everything.mjs');
    return await startEverything(signals);
  }
  if (line.command === 'admin') {
    const { runAdmin } = await import('./cli/run-admin.mjs');
    process.exitCode = await runAdmin(line, signals);
    return;
  }
  const { runSandbox } = await import('./cli/run-sandbox.mjs');
  await runSandbox(line, signals);
}
