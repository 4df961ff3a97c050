import { GatewayError } from '@app/errors';
import type { ExplainedAttempt } from '../explain/explanation.js';
import { retryAfterMs } from '../retry-after.js';
import type { ObjectPin } from '../objects/objects.js';
import type { Candidate, Plan } from '../routing/plan-route.js';
import type { TargetHealth } from '../routing/target-health.js';
import type { LiveUpstream, Upstreams } from '../routing/upstreams.js';
import type { AccountLease } from '../upstream-accounts.js';
import { BAD_KEY, UpstreamFailure } from '../upstream-failure.js';
import { dial, type Dialled, type DialOptions, type SocketAddress } from './upstream-socket.js';

export interface DialMeans {
  readonly plan: Plan;
  /** Where what the connection joins lives; null: it joins nothing. */
  readonly pin: ObjectPin | null;
  readonly upstreams: Upstreams;
  readonly health: TargetHealth;
  readonly signal: AbortSignal;
  readonly request: (
    candidate: Candidate,
    lease: AccountLease,
  ) => Omit<SocketAddress, 'baseUrl'> & Omit<DialOptions, 'signal' | 'timeoutMs'>;
  /** Milliseconds since the call began. */
  readonly elapsed: () => number;
  readonly onAttempt: (attempt: ExplainedAttempt) => void;
}

/** What answered, and with which key; the lease is the taker's to give back. */
export interface Answering {
  readonly candidate: Candidate;
  readonly lease: AccountLease;
  readonly dialled: Dialled;
}

/**
 * Asks one candidate after the other for a connection, and other keys of one that refuses a key. A handshake
 * costs nothing, so the next is asked whenever one cannot be reached, is busy or broken; the last one's answer
 * is the answer.
 * @throws GatewayError where none can be asked; UpstreamFailure of the last; the signal's reason
 */
export async function dialCandidates(means: DialMeans): Promise<Answering> {
  const { plan, upstreams, signal } = means;
  const waiting = plan.candidates.flatMap((candidate) => {
    const upstream = candidate.skip === null ? upstreams.get(candidate.upstream) : null;
    return upstream ? [{ candidate, upstream }] : [];
  });
  let target = waiting.shift();
  let keys = new Set<string>();
  let last: unknown = nobody(plan);
  for (let retries = plan.retries; target; retries -= 1) {
    const trial = await dialOne(means, target, keys);
    if (signal.aborted) trial.giveUp();
    signal.throwIfAborted();
    const hasOtherKey = trial.blamesKey && mayUseOther(means, target, keys);
    const next: DialTarget | undefined = hasOtherKey ? target : waiting[0];
    const isLast = retries <= 0 || !next;
    if (trial.answering && (!trial.asksOther || isLast)) {
      trial.note('Its answer was passed on.');
      return trial.answering;
    }
    trial.giveUp();
    last = trial.error;
    trial.note(isLast ? 'Nobody else was asked.' : hasOtherKey ? OTHER_KEY : OTHER_CANDIDATE);
    if (isLast) break;
    if (!hasOtherKey) {
      target = waiting.shift();
      keys = new Set();
    }
  }
  throw last;
}

const OTHER_KEY = 'Another key of the same upstream was asked.';
const OTHER_CANDIDATE = 'The next candidate was asked.';

interface DialTarget {
  readonly candidate: Candidate;
  readonly upstream: LiveUpstream;
}

/** What came of asking one candidate with one key. */
interface Trial {
  /** Null: nothing that a caller may get. */
  readonly answering: Answering | null;
  /** Another one is asked where there is one. */
  readonly asksOther: boolean;
  /** It is about the key: the same upstream may open the connection for another. */
  readonly blamesKey: boolean;
  readonly error: unknown;
  /** @param followedBy a sentence */
  readonly note: (followedBy: string) => void;
  /** Its answer is not passed on. */
  readonly giveUp: () => void;
}

const mayUseOther = (
  { pin }: DialMeans,
  { candidate, upstream }: DialTarget,
  keys: ReadonlySet<string>,
): boolean => pin?.upstream !== candidate.upstream && upstream.accounts.hasReady(keys);

async function dialOne(
  means: DialMeans,
  { candidate, upstream }: DialTarget,
  keys: Set<string>,
): Promise<Trial> {
  const { health, signal, request, plan, pin, elapsed, onAttempt } = means;
  const lease = upstream.accounts.take(pin?.upstream === candidate.upstream ? pin.account : null);
  keys.add(lease.id);
  const startedMs = elapsed();
  const noteOf = (status: number | null, outcome: string) => (followedBy: string) =>
    onAttempt({
      upstream: candidate.upstream,
      model: candidate.model,
      account: lease.id,
      startedMs,
      connectedMs: null,
      headMs: status === null ? null : elapsed(),
      firstTokenMs: null,
      endedMs: elapsed(),
      status,
      outcome,
      followedBy,
      mayHaveRun: false,
    });
  health.asked(candidate);
  let dialled: Dialled;
  try {
    const { path, query, ...options } = request(candidate, lease);
    const address = { baseUrl: upstream.baseUrl, path, query };
    const timeoutMs = plan.clocks.connectMs + Math.min(plan.clocks.headersMs, LONGEST_HANDSHAKE_MS);
    dialled = await dial(address, { ...options, signal, timeoutMs });
  } catch (error) {
    if (!signal.aborted) health.failed(candidate);
    const note = noteOf(null, 'unreachable');
    const giveUp = (): void => lease.release();
    return { answering: null, asksOther: true, blamesKey: false, error, note, giveUp };
  }
  const { statusCode: status = 502, rawHeaders } = dialled.answer;
  lease.answered(status, retryAfterMs(rawHeaders, Date.now()));
  const isFault = status >= 500;
  const isBadKey = status === 401;
  health[isFault ? 'failed' : 'worked'](candidate);
  const blamesKey = isBadKey || status === 429;
  return {
    // What is said of the gateway's key is not for callers.
    answering: isBadKey ? null : { candidate, lease, dialled },
    asksOther: isFault || blamesKey,
    blamesKey,
    error: isBadKey ? new UpstreamFailure('UPSTREAM_ERROR', BAD_KEY, false) : null,
    note: noteOf(status, dialled.kind === 'open' ? 'answered' : isBadKey ? 'bad-key' : 'refused'),
    giveUp: () => {
      dialled.answer.destroy();
      lease.release();
    },
  };
}

/** No handshake takes long. */
const LONGEST_HANDSHAKE_MS = 30_000;

const nobody = ({ candidates }: Plan): GatewayError =>
  new GatewayError(
    'SERVICE_UNAVAILABLE',
    `No upstream can be asked for this connection: ${candidates.map(({ skip }) => skip ?? '').join(' ')}`,
    { retryAfterSeconds: 5 },
  );
