import type { AskedTarget, Grant } from '../governor.js';
import { NOTHING_OBSERVED, type ObservedUsage } from '../token-usage.js';
import type { SocketUse } from './socket-session.js';

export interface StandingGrantParts {
  readonly admit: (model: string) => Promise<Grant>;
  /** Who takes the turns; null: whom they were reserved for. */
  readonly asked: () => AskedTarget | null;
  readonly used: SocketUse;
}

/**
 * Leave for the next turn of a session. It is reserved before anybody could begin that turn, because the
 * upstream begins turns by itself (somebody speaks), and renewed when one is over.
 */
export class StandingGrant {
  private grant: Grant | null = null;
  private model: string | null = null;
  private isOver = false;

  constructor(private readonly parts: StandingGrantParts) {}

  /** @throws GatewayError where limits or budgets do not let the turn through */
  async begin(model: string): Promise<void> {
    if (this.grant && model === this.model) return;
    this.grant?.release();
    this.grant = null;
    await this.take(model);
  }

  /** A turn is over. @throws GatewayError where the next one is not let through */
  async turnOver(usage: ObservedUsage, fallbackModel: string): Promise<void> {
    const model = this.model ?? fallbackModel;
    // What nobody announced is charged all the same.
    this.grant ??= await this.parts.admit(model);
    this.settle(this.grant, { usage, cut: false, callerLeft: false });
    await this.take(model);
  }

  /** The connection is over. `isRunning`: a turn had begun, and what it used was not told. */
  end(isRunning: boolean, callerLeft: boolean): void {
    this.isOver = true;
    if (!this.grant) return;
    if (isRunning) this.settle(this.grant, { usage: NOTHING_OBSERVED, cut: true, callerLeft });
    else this.grant.release();
    this.grant = null;
  }

  private async take(model: string): Promise<void> {
    this.model = model;
    const grant = await this.parts.admit(model);
    if (this.isOver) grant.release();
    else this.grant = grant;
  }

  private settle(grant: Grant, how: Pick<TurnOutcome, 'usage' | 'cut' | 'callerLeft'>): void {
    const { asked, used } = this.parts;
    const target = asked();
    const { nanoUsd } = grant.settle({
      status: 200,
      bytesOut: 0,
      ...how,
      ...(target && { asked: target }),
    });
    used.add(how.usage, nanoUsd);
    this.grant = null;
  }
}

type TurnOutcome = Parameters<Grant['settle']>[0];
