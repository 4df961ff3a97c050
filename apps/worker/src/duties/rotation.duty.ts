import type { Logger } from '@app/observability';
import {
  type Credential,
  type CredentialMove,
  type CredentialStore,
  nextMoves,
  probe,
  type ProbeResult,
  wantedFact,
} from '@app/providers';
import type { VendorHealthStore, Vendors } from '@app/tasks';
import type { Duty } from './duty.js';

export interface RotationParts {
  readonly store: CredentialStore;
  readonly health: Pick<VendorHealthStore, 'troublesOf'>;
  readonly vendors: Vendors;
  readonly logger: Logger;
  readonly shutdown: AbortSignal;
}

/**
 * Takes stored keys of vendors from state to state. Everything it goes by is in rows, so any worker
 * goes on where another one died; of several at once, the version of the row lets one write.
 */
export class RotationDuty implements Duty {
  readonly name = 'rotation';
  readonly everyMs = 1_000;

  constructor(private readonly parts: RotationParts) {}

  /** A key whose look fails holds up no other; the failure shows when all had theirs. */
  async runOnce(): Promise<boolean> {
    const { now, credentials } = await this.parts.store.list();
    const due = credentials.filter((one) => wantedFact(one, now) !== null);
    const looks = await Promise.allSettled(
      due.map(async (one) => await this.look(one, credentials, now)),
    );
    for (const look of looks) if (look.status === 'rejected') throw look.reason;
    return looks.some((look) => look.status === 'fulfilled' && look.value);
  }

  /** Whether anything moved. */
  private async look(
    credential: Credential,
    all: readonly Credential[],
    now: Date,
  ): Promise<boolean> {
    const wanted = wantedFact(credential, now);
    const { provider, account, replaces } = credential;
    const moves = nextMoves(credential, {
      now,
      replaced: all.find(({ id }) => id === replaces) ?? null,
      probe: wanted === 'probe' ? await this.probe(credential) : null,
      refusal: wanted === 'refusal' ? await this.refusal(credential) : null,
      inFlight: wanted === 'in-flight' ? await this.parts.store.inFlight(provider, account) : null,
    });
    if (moves.length === 0 || !(await this.parts.store.move(moves))) return false;
    for (const move of moves) this.tell(move, all);
    return moves.some(({ shown }) => shown);
  }

  /** Null: another worker is at it, or this process has not read the key yet. */
  private async probe({ id, version, account }: Credential): Promise<ProbeResult | null> {
    const { store, vendors, shutdown } = this.parts;
    const known = vendors.find(account);
    if (!known || !(await store.claimProbe(id, version))) return null;
    const { provider, context } = vendors.open(known, PROBE_TIMEOUT_MS, shutdown);
    return await probe(provider, context);
  }

  /** What the pass-through met is in the row; what tasks met, among the vendor's troubles. */
  private async refusal(credential: Credential): Promise<string | null> {
    if (credential.refusal !== null) return credential.refusal;
    const { provider, account, createdAt } = credential;
    const troubles = await this.parts.health.troublesOf(provider);
    const own = [...troubles].find(
      ([name, { since }]) =>
        (name === account || name.startsWith(`${account}/`)) && since >= createdAt.getTime(),
    );
    return own?.[1].why ?? null;
  }

  private tell(
    { id, state, step, note, erases }: CredentialMove,
    all: readonly Credential[],
  ): void {
    const { provider, account } = all.find((one) => one.id === id) ?? {};
    const fields = { credentialId: id, provider, account, state, step, note, erases };
    if (state === 'returned' && !erases)
      this.parts.logger.error(fields, 'upstream key was refused');
    else this.parts.logger.info(fields, 'upstream key moved on');
  }
}

const PROBE_TIMEOUT_MS = 15_000;
