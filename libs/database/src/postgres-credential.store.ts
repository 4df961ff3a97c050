import { GatewayError } from '@app/errors';
import {
  type Credential,
  type CredentialMove,
  CredentialStore,
  type NewCredential,
  type SealedCredential,
  SHIFT_SHARES,
} from '@app/providers';
import type { PoolClient } from 'pg';
import {
  ADD,
  CHANGE,
  CLAIM_PROBE,
  EPOCH,
  IN_FLIGHT,
  LIST,
  LOCK_REPLACED,
  MOVE,
  NOTE_REFUSAL,
  REMOVE,
  SAME_KEY,
  SEALED,
} from './credentials.sql.js';
import type { Database } from './database.js';

export class PostgresCredentialStore extends CredentialStore {
  constructor(private readonly database: Database) {
    super();
  }

  async epoch(): Promise<string> {
    const [row] = await this.database.query<{ epoch: string }>(EPOCH, []);
    return row?.epoch ?? '';
  }

  async sealed(): Promise<readonly SealedCredential[]> {
    const rows = await this.database.query<
      Credential & { readonly box: Buffer; readonly masterKeyId: string }
    >(SEALED, []);
    return rows.map(({ box, masterKeyId, ...credential }) => ({
      ...credential,
      sealed: { box, keyId: masterKeyId },
    }));
  }

  async list(): Promise<{ readonly now: Date; readonly credentials: readonly Credential[] }> {
    const rows = await this.database.query<Credential & { readonly now: Date }>(LIST, []);
    const credentials = rows.map(({ now: _, ...credential }): Credential => credential);
    return { now: rows[0]?.now ?? new Date(), credentials };
  }

  async add(credential: NewCredential): Promise<void> {
    const { id, provider, label, account, sealed, weight, baseUrl, stepSeconds, replaces } =
      credential;
    await this.database.transaction(async (client) => {
      if (replaces !== null) await lockReplaced(client, replaces);
      const { box, keyId } = sealed;
      const values = [id, provider, label, account, box, keyId, weight, baseUrl, stepSeconds];
      const made = await client.query(ADD, [...values, replaces]);
      if (made.rowCount) return;
      const { rows } = await client.query<{ id: string }>(SAME_KEY, [account]);
      const [same] = rows;
      if (same) throw refused('secret', `This key is stored already, as ${same.id}.`);
      throw refused('', `${replaces ?? ''} is being replaced by another key already.`);
    });
  }

  async change(id: string, fields: { weight?: number; label?: string }): Promise<boolean> {
    const values = [id, fields.weight ?? null, fields.label ?? null];
    return (await this.database.query(CHANGE, values)).length > 0;
  }

  async move(moves: readonly CredentialMove[]): Promise<boolean> {
    try {
      await this.database.transaction(async (client) => {
        // In one order, so that no two of them wait for each other.
        for (const move of moves.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
          const { rowCount } = await client.query(MOVE, [...valuesOf(move)]);
          if (!rowCount) throw new StaleMove();
        }
      });
      return true;
    } catch (error) {
      if (error instanceof StaleMove) return false;
      throw error;
    }
  }

  async claimProbe(id: string, version: number): Promise<boolean> {
    return (await this.database.query(CLAIM_PROBE, [id, version])).length > 0;
  }

  async noteRefusal(account: string, why: string): Promise<void> {
    await this.database.query(NOTE_REFUSAL, [account, why]);
  }

  async inFlight(provider: string, account: string): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(IN_FLIGHT, [provider, account]);
    return row?.count ?? 0;
  }

  async remove(id: string): Promise<boolean> {
    return (await this.database.query(REMOVE, [id])).length > 0;
  }
}

/** Rolls the moves before it back. */
class StaleMove extends Error {}

async function lockReplaced(client: PoolClient, id: string): Promise<void> {
  const { rows } = await client.query<{ state: string; replacedBy: string | null }>(LOCK_REPLACED, [
    id,
  ]);
  const [row] = rows;
  if (!row) throw new GatewayError('NOT_FOUND', `No credential ${id}.`);
  const { state, replacedBy } = row;
  if (replacedBy !== null) {
    throw refused('', `${id} is being replaced by ${replacedBy}; DELETE that one to stop it.`);
  }
  if (state === 'active') return;
  throw refused('', `${id} is ${state}; only an active key is rotated.`);
}

const refused = (param: string, message: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', message, param === '' ? {} : { param });

function valuesOf(move: CredentialMove): readonly unknown[] {
  const { id, version, state, step, unanswered, note, erases, shown } = move;
  const share = state === 'shifting' ? { share: SHIFT_SHARES[step] } : {};
  const seen = { state, ...share, ...(note !== null && { note }) };
  return [id, version, state, step, unanswered, note, erases, shown ? JSON.stringify(seen) : null];
}
