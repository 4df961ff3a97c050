/** Whose deliveries alerts are: a row among the tenants that no list shows and no key opens. */
export const OPERATORS_ID = 'tn_operators';

/**
 * What goes on that operators may have to act on. Each kind has an event for its beginning and, but for
 * budgets, which begin anew with their period, one for its end.
 */
export const INCIDENTS = {
  /** A tenant or key has spent a share of its budget of a day or a month. */
  budget: { began: 'budget.threshold', ended: null },
  /** A receiver of callbacks has failed for an hour or more, or is left alone for good. */
  receiver: { began: 'receiver.failing', ended: 'receiver.recovered' },
  /** A vendor's model keeps failing and is left alone for a while. */
  breaker: { began: 'breaker.opened', ended: 'breaker.closed' },
  /** A vendor refuses an account of ours: its key, its balance, or its access to a model. */
  account: { began: 'account.trouble', ended: 'account.recovered' },
} as const;

export type IncidentKind = keyof typeof INCIDENTS;

export const ALERT_EVENTS = [
  'budget.threshold',
  'receiver.failing',
  'receiver.recovered',
  'breaker.opened',
  'breaker.closed',
  'account.trouble',
  'account.recovered',
  'alert.test',
] as const;
export type AlertEvent = (typeof ALERT_EVENTS)[number];

/** Something that holds now. The same subject of a kind is the same incident for as long as it holds. */
export interface Condition {
  readonly kind: IncidentKind;
  /** Names it within its kind: `day:tn_…:2026-11-23:0.8`, `flux/flux-2-pro`. */
  readonly subject: string;
  /** For people and programs; no secret, nothing that a tenant sent. */
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

/** A condition that was seen, from then to its end. */
export interface Incident extends Condition {
  readonly id: string;
  readonly beganAt: Date;
  readonly endedAt: Date | null;
}

/** Where and of what operators are told. */
export interface AlertSettings {
  readonly url: string;
  /** Those that are sent; an incident is kept whether it is told of or not. */
  readonly events: readonly AlertEvent[];
  /** Shares of a budget, ascending: 0.8 is four fifths. */
  readonly budgetThresholds: readonly number[];
  readonly enabled: boolean;
}

export const DEFAULT_THRESHOLDS: readonly number[] = [0.5, 0.8, 1];
