import { say } from './output.mjs';

/** npm passes a terminal's Ctrl-C on to us, which had reached us already: two signals, one wish. */
const SAME_WISH_MS = 400;

const HURRY_MS = 2_000;
const PARENT_CHECK_MS = 250;

/**
 * Owns SIGINT, SIGTERM and SIGHUP: the first one asks for an orderly stop, a second wish hurries.
 * @param {AbortController} stop
 * @param {AbortController} hurry
 */
export function onStopSignal(stop, hurry) {
  let firstAt = 0;
  const onSignal = () => {
    if (!stop.signal.aborted) {
      firstAt = Date.now();
      say('Stopping (once more to stop at once)');
      stop.abort();
      return;
    }
    if (Date.now() - firstAt <= SAME_WISH_MS) return;
    hurry.abort();
    setTimeout(() => process.exit(1), HURRY_MS).unref(); // what still runs does not outlive us
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal); // the terminal was closed
  whenNpmIsGone(onSignal);
}

/**
 * npm sends its signals to the shell between us, and not every shell passes them on: when that shell
 * is gone, somebody wanted us to stop.
 * @param {() => void} onGone
 */
function whenNpmIsGone(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_CHECK_MS);
  timer.unref();
}
