import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '@app/errors';
import type { Identity, KeyRights, TenantStore } from '@app/tenants';
import type { FastifyReply } from 'fastify';

export interface OpenCallsOptions {
  readonly onError: (error: unknown) => void;
  readonly now?: () => Date;
}

/**
 * Calls that last: streams of the pass-through, event streams, long polls. A key that is revoked or
 * expires ends those of it that are open. Each is looked up again soon after it began, because its
 * identity may be older than a change that was on its way, and all of them whenever identities changed. With
 * Postgres away they go on, as keys do that were seen before.
 */
export class OpenCalls {
  private readonly calls = new Set<OpenCall>();
  private readonly now: () => Date;
  private timer: NodeJS.Timeout | undefined;
  private checking: Promise<void> | null = null;

  constructor(
    private readonly store: Pick<TenantStore, 'keysInForce'>,
    private readonly options: OpenCallsOptions,
  ) {
    this.now = options.now ?? (() => new Date());
  }

  /**
   * Holds a call of an admitted caller: `end` is called at most once, when its key has ended or the process
   * lets nobody stay; a connection that is no HTTP answer any more, such as a WebSocket, uses this. The
   * returned function takes the call out.
   * @param many a connection over which calls are made again and again: it ends also where another one would be
   * judged otherwise, because what its key may do has changed
   */
  hold(
    { keyId, expiresAt, scopes, policy, keyPolicy }: Identity,
    end: (why: Error) => void,
    { many = false } = {},
  ): () => void {
    const rights = many ? { scopes, policy, keyPolicy } : null;
    const call: OpenCall = { keyId, expiresAt, rights, isChecked: false, end };
    this.calls.add(call);
    return () => void this.calls.delete(call);
  }

  /**
   * Aborts when the connection of this answer closes, its key ends, or the process lets nobody stay. The
   * reason is a GatewayError PERMISSION_DENIED when it was the key.
   */
  watch({ request, raw }: FastifyReply): AbortSignal {
    const { identity } = request;
    if (!identity) throw new Error('A call is watched before its caller was admitted');
    const gone = new AbortController();
    const release = this.hold(identity, (why) => gone.abort(why));
    const onClose = (): void => {
      release();
      gone.abort();
    };
    if (raw.closed || raw.destroyed) onClose();
    else raw.once('close', onClose);
    return gone.signal;
  }

  get size(): number {
    return this.calls.size;
  }

  start(): void {
    this.timer ??= setInterval(() => void this.look(), INTERVAL_MS);
  }

  /** Ends all of them, and looks after none from now on. */
  close(): void {
    clearInterval(this.timer);
    for (const call of this.calls) this.end(call, new Error('The process stops'));
  }

  /** Identities changed: each call is looked up again, at once. */
  recheck(): void {
    for (const call of this.calls) call.isChecked = false;
    void this.look();
  }

  /** Ends the calls whose keys have ended. @throws what the store throws; calls go on then. */
  async runOnce(): Promise<void> {
    const unchecked = [...this.calls].filter(({ isChecked }) => !isChecked);
    for (const call of unchecked) call.isChecked = true;
    if (unchecked.length > 0) await this.lookUp(unchecked);
    const now = this.now();
    for (const call of this.calls) {
      if (call.expiresAt && call.expiresAt <= now) this.end(call, ended('expired'));
    }
  }

  private async lookUp(calls: readonly OpenCall[]): Promise<void> {
    try {
      const inForce = await this.store.keysInForce([...new Set(calls.map(({ keyId }) => keyId))]);
      for (const call of calls) {
        const rights = inForce.get(call.keyId);
        if (!rights) this.end(call, ended('was revoked'));
        else if (call.rights && isOther(call.rights, rights)) this.end(call, changed());
        else call.expiresAt = rights.expiresAt;
      }
    } catch (error) {
      for (const call of calls) call.isChecked = false;
      throw error;
    }
  }

  /** One look at a time; what changes during one is seen by the next, which follows at once. */
  private async look(): Promise<void> {
    await this.checking;
    if (this.checking) return;
    this.checking = this.runOnce()
      .catch((error: unknown) => this.options.onError(error))
      .finally(() => {
        this.checking = null;
      });
    await this.checking;
  }

  private end(call: OpenCall, why: Error): void {
    if (this.calls.delete(call)) call.end(why);
  }
}

type Rights = Omit<KeyRights, 'expiresAt'>;

interface OpenCall {
  readonly keyId: string;
  expiresAt: Date | null;
  /** As it was let in with; null: what changes is for calls that come later. */
  readonly rights: Rights | null;
  /** Its key was looked up since the call began and since identities changed. */
  isChecked: boolean;
  readonly end: (why: Error) => void;
}

const INTERVAL_MS = 1_000;

const isOther = ({ scopes, policy, keyPolicy }: Rights, now: KeyRights): boolean =>
  !isDeepStrictEqual([scopes, policy, keyPolicy], [now.scopes, now.policy, now.keyPolicy]);

const changed = (): GatewayError =>
  new GatewayError(
    'POLICY_VIOLATION',
    'What the key of this connection may do has changed; connect again.',
  );

const ended = (how: string): GatewayError =>
  new GatewayError('PERMISSION_DENIED', `The key of this call ${how} while it was open.`);

/** @throws GatewayError PERMISSION_DENIED when it was the key's end that aborted the signal */
export function requireKey(signal: AbortSignal): void {
  const why = endOfKey(signal);
  if (why) throw why;
}

/** Null when nothing aborted the signal, or something else did. */
export function endOfKey({ reason }: AbortSignal): GatewayError | null {
  const why: unknown = reason;
  return why instanceof GatewayError ? why : null;
}
