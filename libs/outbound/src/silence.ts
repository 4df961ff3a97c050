import type { ConnectionStage } from './connection.js';
import { OutboundError, type UnreachableReason } from './outbound-error.js';

/** What a tenant must not be able to tell apart: it would be a scanner of the operator's network. */
const ALIKE: ReadonlySet<UnreachableReason | undefined> = new Set([
  'blocked',
  'closed',
  'filtered',
]);

/**
 * Keeps from a tenant why nothing could be reached: a forbidden address and a closed port are not told
 * when they are found, but like a silent one when the time to connect is over. Operators read `reason`.
 */
export class Silence {
  private reason: UnreachableReason | null = null;

  constructor(private isKept: boolean) {}

  /** There is nothing to hide: the operator opened these networks to tenants. */
  lift(): void {
    this.isKept = false;
  }

  /** Whether a failure is one to wait with. */
  holds(failure: OutboundError): boolean {
    if (!this.isKept || failure.requestSent || !ALIKE.has(failure.reason)) return false;
    this.reason ??= failure.reason ?? null;
    return true;
  }

  /** What is told when the time to connect is over; `message` says so. */
  overdue(stage: ConnectionStage | 'resolving', host: string, message: string): OutboundError {
    if (this.reason !== null) return noConnection(host, this.reason);
    switch (stage) {
      case 'resolving':
        return overdue('unresolved', `The name ${host} could not be resolved. ${message}`);
      case 'securing':
        return overdue('tls', message);
      case 'dialling':
      case 'open':
        return this.isKept ? noConnection(host, 'filtered') : overdue('filtered', message);
    }
  }
}

function overdue(reason: UnreachableReason, message: string): OutboundError {
  const kind = reason === 'unresolved' ? 'unresolved' : 'timeout';
  return new OutboundError(kind, message, false, { reason });
}

/** Without a cause or code: those would tell what the words do not. */
const noConnection = (host: string, reason: UnreachableReason): OutboundError =>
  new OutboundError('connect', `No connection to ${host}.`, false, { reason });
