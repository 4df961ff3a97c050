import type { Credential } from './credential.js';
import type { CredentialMove } from './credential-rotation.js';

/** A secret as it lies in its row: sealed for that row alone. */
export interface SealedKey {
  readonly box: Uint8Array;
  /** Names the master key. */
  readonly keyId: string;
}

export interface SealedCredential extends Credential {
  readonly sealed: SealedKey;
}

export type NewCredential = Pick<
  Credential,
  'id' | 'provider' | 'label' | 'account' | 'weight' | 'baseUrl' | 'stepSeconds' | 'replaces'
> & { readonly sealed: SealedKey };

/** The operator's keys of vendors. Times are Postgres's. */
export abstract class CredentialStore {
  /** Moves whenever one changes; cheap, for every process to read each second. */
  abstract epoch(): Promise<string>;

  /** Those with a secret. */
  abstract sealed(): Promise<readonly SealedCredential[]>;

  /** All of them, oldest first. */
  abstract list(): Promise<{ readonly now: Date; readonly credentials: readonly Credential[] }>;

  /**
   * Adds one in the state `probing`.
   * @throws GatewayError INVALID_REQUEST when the key is stored already, or what it replaces is not
   * `active` or being replaced by another
   */
  abstract add(credential: NewCredential): Promise<void>;

  /** False: there is no such credential. */
  abstract change(id: string, fields: { weight?: number; label?: string }): Promise<boolean>;

  /** All of them, in one commit; false, and nothing is written, when one has changed since it was read. */
  abstract move(moves: readonly CredentialMove[]): Promise<boolean>;

  /** Whether this caller is the one to make the probe: for half a minute nobody else is. */
  abstract claimProbe(id: string, version: number): Promise<boolean>;

  /** The vendor refused an account in the course of work; noted only while it is `shifting`, the first one stays. */
  abstract noteRefusal(account: string, why: string): Promise<void>;

  /** Unfinished tasks with a job under the account that can yet be asked for. */
  abstract inFlight(provider: string, account: string): Promise<number>;

  /** Removes the row of one without a secret; false: there is none such. */
  abstract remove(id: string): Promise<boolean>;
}
