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
 * Asks one candidate after the other for a connection. A handshake costs nothing, so the next is asked
 * whenever one cannot be reached, is busy or broken; the last one's answer is the answer.
 * @throws GatewayError where none can be asked; UpstreamFailure of the last; the signal's reason
 */
export async function dialCandidates(means: DialMeans): Promise<Answering> {
  const { plan, upstreams } = means;
  const ready = plan.candidates.flatMap((candidate) => {
    const upstream = candidate.skip === null ? upstreams.get(candidate.upstream) : null;
    return upstream ? [{ candidate, upstream }] : [];
  });
  let last: unknown = nobody(plan);
  const asked = ready.slice(0, plan.retries + 1);
  for (const [at, { candidate, upstream }] of asked.entries()) {
    const isLast = at === asked.length - 1;
    try {
      const answering = await tryOne(means, candidate, { upstream, isLast });
      if (answering) return answering;
    } catch (error) {
      means.signal.throwIfAborted();
      last = error;
    }
  }
  throw last;
}

/** Null: it refused, and there is another one to ask. */
async function tryOne(
  means: DialMeans,
  candidate: Candidate,
  { upstream, isLast }: { readonly upstream: LiveUpstream; readonly isLast: boolean },
): Promise<Answering | null> {
  const { health, signal, request, plan, pin, elapsed, onAttempt } = means;
  const lease = upstream.accounts.take(pin?.upstream === candidate.upstream ? pin.account : null);
  const startedMs = elapsed();
  const note = (status: number | null, outcome: string, isOver: boolean): void => {
    const followedBy = isOver ? 'Its answer was passed on.' : 'The next candidate was asked.';
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
  };
  health.asked(candidate);
  let dialled: Dialled;
  try {
    const { path, query, ...options } = request(candidate, lease);
    const address = { baseUrl: upstream.baseUrl, path, query };
    const timeoutMs = plan.clocks.connectMs + Math.min(plan.clocks.headersMs, LONGEST_HANDSHAKE_MS);
    dialled = await dial(address, { ...options, signal, timeoutMs });
  } catch (error) {
    lease.release();
    if (!signal.aborted) health.failed(candidate);
    note(null, 'unreachable', isLast);
    throw error;
  }
  const { statusCode: status = 502, rawHeaders } = dialled.answer;
  lease.answered(status, retryAfterMs(rawHeaders, Date.now()));
  const isFault = status >= 500;
  const isBadKey = status === 401;
  health[isFault ? 'failed' : 'worked'](candidate);
  const isPassedOn = !isBadKey && (isLast || !(isFault || status === 429));
  const outcome = dialled.kind === 'open' ? 'answered' : isBadKey ? 'bad-key' : 'refused';
  note(status, outcome, isPassedOn);
  if (isPassedOn) return { candidate, lease, dialled };
  dialled.answer.destroy();
  lease.release();
  // It is about the gateway's key, of which callers are told nothing.
  if (isBadKey) throw new UpstreamFailure('UPSTREAM_ERROR', BAD_KEY, false);
  return null;
}

/** No handshake takes long. */
const LONGEST_HANDSHAKE_MS = 30_000;

const nobody = ({ candidates }: Plan): GatewayError =>
  new GatewayError(
    'SERVICE_UNAVAILABLE',
    `No upstream can be asked for this connection: ${candidates.map(({ skip }) => skip ?? '').join(' ')}`,
    { retryAfterSeconds: 5 },
  );
