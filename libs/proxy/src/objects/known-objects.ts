import { GatewayError } from '@app/errors';
import type { ObjectStore, UpstreamObject } from './object-store.js';
import type { ObjectWriter } from './object-writer.js';
import { isId } from './reference.js';

export interface KnownObjectsParts {
  readonly store: Pick<ObjectStore, 'find'>;
  readonly writer: Pick<ObjectWriter, 'find'>;
}

/** Objects as the store knows them, and those of this process that it does not know yet. */
export class KnownObjects {
  constructor(private readonly parts: KnownObjectsParts) {}

  /** Those of these that are known, by id. @throws GatewayError INVALID_REQUEST for too many */
  async find(named: readonly string[]): Promise<ReadonlyMap<string, UpstreamObject>> {
    const { store, writer } = this.parts;
    const ids = [...new Set(named)].filter(isId);
    if (ids.length > MAX_OBJECTS) throw tooMany();
    const mine = ids.map((id) => writer.find(id)).filter((object) => object !== undefined);
    const known = new Map(mine.map((object) => [object.id, object]));
    const asked = ids.filter((id) => !known.has(id));
    if (asked.length === 0) return known;
    for (const object of await store.find(asked)) known.set(object.id, object);
    return known;
  }
}

const tooMany = (): GatewayError =>
  new GatewayError(
    'INVALID_REQUEST',
    `The request names more than ${MAX_OBJECTS} objects; at most so many are taken.`,
  );

const MAX_OBJECTS = 10_000;
