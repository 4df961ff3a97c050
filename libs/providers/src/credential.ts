import { ulid } from 'ulid';

/**
 * A vendor's key that the operator gave over the admin API; the box with its secret is the store's.
 *
 *   probing ──▶ shifting ──▶ active ──▶ draining ──▶ revoked
 *      │  └──────────────────▲  │
 *      └──▶ returned ◀── (from shifting)
 *
 * `probing`: a free call tells whether the vendor takes it; it gets no work. `shifting`: it takes
 * over from the one that it replaces, step by step. `draining`: no new work, what is in flight
 * finishes. `returned`: it never came to be used for good, the one before goes on. The secret of a
 * `returned` one is erased once nothing is in flight under it, that of a `revoked` one is.
 */
export interface Credential {
  /** `cred_` and a ULID. */
  readonly id: string;
  readonly provider: string;
  readonly label: string;
  /** The account's id: provider and eight hex digits of the key's SHA-256. */
  readonly account: string;
  /** Its share of new work beside the vendor's other keys. */
  readonly weight: number;
  /** Null: the vendor's own, or the one that the variables name. */
  readonly baseUrl: string | null;
  readonly state: CredentialState;
  /** While `shifting`: index into `SHIFT_SHARES`. */
  readonly step: number;
  /** How long each step lasts, and draining at least. */
  readonly stepSeconds: number;
  /** Id of the one that it takes over from. */
  readonly replaces: string | null;
  /** Probes in a row that got no answer. */
  readonly unanswered: number;
  /** Why the vendor refused it while it was shifted; told by whoever met it. */
  readonly refusal: string | null;
  /** Why it is in this state, for the operator. */
  readonly note: string | null;
  readonly hasSecret: boolean;
  /** Grows with each move; a move names the one that it read. */
  readonly version: number;
  readonly createdAt: Date;
  /** Since when it is in this state and step. */
  readonly since: Date;
  /** What happened so far, oldest first. */
  readonly steps: readonly CredentialStep[];
}

export const CREDENTIAL_STATES = [
  'probing',
  'shifting',
  'active',
  'draining',
  'returned',
  'revoked',
] as const;
export type CredentialState = (typeof CREDENTIAL_STATES)[number];

export interface CredentialStep {
  /** ISO 8601. */
  readonly at: string;
  readonly state: CredentialState;
  /** While `shifting`: its share of the work that the two have. */
  readonly share?: number;
  readonly note?: string;
}

/** The share of the new key in each step of a shift. */
export const SHIFT_SHARES = [0.1, 0.5, 1] as const;

export const newCredentialId = (): string => `cred_${ulid()}`;
