import type { ProbeResult } from './probe.js';
import { type Credential, type CredentialState, SHIFT_SHARES } from './credential.js';

/** What one credential becomes. The store writes it when `version` still stands. */
export interface CredentialMove {
  readonly id: string;
  readonly version: number;
  readonly state: CredentialState;
  readonly step: number;
  readonly unanswered: number;
  readonly note: string | null;
  /** The box goes. */
  readonly erases: boolean;
  /** Whether it is a step worth showing; a probe that is made again is none. */
  readonly shown: boolean;
}

/** What is known when a credential is looked at. */
export interface RotationFacts {
  readonly now: Date;
  /** The one that it replaces, as it is now; null: none, or its row is gone. */
  readonly replaced: Credential | null;
  /** Of the call that was made for this look; null: none was. */
  readonly probe: ProbeResult | null;
  /** Why the vendor refused the account in the course of work; null: it did not. */
  readonly refusal: string | null;
  /** Tasks that need the account yet; null: not counted. */
  readonly inFlight: number | null;
}

/** Probes without an answer before the key is given back. */
const MAX_UNANSWERED = 3;

/** What has to be found out before `nextMoves` can say anything. */
export function wantedFact(
  credential: Credential,
  now: Date,
): 'probe' | 'refusal' | 'in-flight' | null {
  switch (credential.state) {
    case 'probing':
      return 'probe';
    case 'shifting':
      return 'refusal';
    case 'draining':
    case 'returned':
      return credential.hasSecret && isDrainOver(credential, now) ? 'in-flight' : null;
    case 'active':
    case 'revoked':
      return null;
  }
}

/**
 * One look at a credential: what follows, together or not at all; empty: nothing yet. The key that is
 * replaced takes work until the last step is over, so a return needs no word to it.
 */
export function nextMoves(credential: Credential, facts: RotationFacts): readonly CredentialMove[] {
  switch (credential.state) {
    case 'probing':
      return facts.probe ? afterProbe(credential, facts.probe, facts.replaced) : [];
    case 'shifting':
      return afterStep(credential, facts);
    case 'draining':
    case 'returned':
      return afterDrain(credential, facts);
    case 'active':
    case 'revoked':
      return [];
  }
}

function afterProbe(
  credential: Credential,
  probe: ProbeResult,
  replaced: Credential | null,
): readonly CredentialMove[] {
  switch (probe.kind) {
    case 'good':
    case 'unprobed': {
      const note = probe.kind === 'good' ? 'the vendor takes it' : 'unprobed: nothing free to ask';
      const state = replaced?.state === 'active' ? 'shifting' : 'active';
      return [moveOf(credential, { state, note })];
    }
    case 'refused':
      return [moveOf(credential, { state: 'returned', note: `the probe: ${probe.why}` })];
    case 'no-answer': {
      const unanswered = credential.unanswered + 1;
      const note = `the probe got no answer, ${unanswered} of ${MAX_UNANSWERED}: ${probe.why}`;
      if (unanswered >= MAX_UNANSWERED) return [moveOf(credential, { state: 'returned', note })];
      return [moveOf(credential, { state: 'probing', unanswered, note, shown: false })];
    }
  }
}

function afterStep(credential: Credential, facts: RotationFacts): readonly CredentialMove[] {
  const { replaced, refusal, now } = facts;
  if (replaced?.state !== 'active') {
    return [moveOf(credential, { state: 'active', note: 'the key before is gone' })];
  }
  if (refusal !== null) {
    return [moveOf(credential, { state: 'returned', note: `refused while shifted: ${refusal}` })];
  }
  if (!isStepOver(credential, now)) return [];
  const step = credential.step + 1;
  if (step < SHIFT_SHARES.length) return [moveOf(credential, { state: 'shifting', step })];
  return [
    moveOf(credential, { state: 'active' }),
    moveOf(replaced, { state: 'draining', note: `replaced by ${credential.id}` }),
  ];
}

function afterDrain(credential: Credential, facts: RotationFacts): readonly CredentialMove[] {
  const isOver = facts.inFlight === 0 && isDrainOver(credential, facts.now);
  if (!credential.hasSecret || !isOver) return [];
  const state = credential.state === 'returned' ? 'returned' : 'revoked';
  return [moveOf(credential, { state, note: credential.note, erases: true })];
}

/**
 * What an operator's withdrawal makes of it; null: nothing more. `atOnce`: whatever is in
 * flight goes on without it.
 */
export function withdrawal(credential: Credential, atOnce: boolean): CredentialMove | null {
  const note = 'withdrawn by an operator';
  switch (credential.state) {
    case 'probing':
    case 'shifting':
      return moveOf(credential, { state: 'returned', note, erases: atOnce });
    case 'active':
      return moveOf(credential, { state: atOnce ? 'revoked' : 'draining', note, erases: atOnce });
    case 'draining':
      return atOnce ? moveOf(credential, { state: 'revoked', note, erases: true }) : null;
    case 'returned':
      if (!atOnce || !credential.hasSecret) return null;
      return moveOf(credential, { state: 'returned', note: credential.note, erases: true });
    case 'revoked':
      return null;
  }
}

const isStepOver = ({ since, stepSeconds }: Credential, now: Date): boolean =>
  now.getTime() - since.getTime() >= stepSeconds * 1_000;

/** Until every process has learned that it takes no new work, none in flight means little. */
const isDrainOver = ({ since, stepSeconds }: Credential, now: Date): boolean =>
  now.getTime() - since.getTime() >= Math.max(stepSeconds, MIN_DRAIN_SECONDS) * 1_000;

const MIN_DRAIN_SECONDS = 5;

function moveOf(
  { id, version }: Credential,
  to: Pick<CredentialMove, 'state'> & Partial<CredentialMove>,
): CredentialMove {
  return { step: 0, unanswered: 0, note: null, erases: false, shown: true, ...to, id, version };
}
