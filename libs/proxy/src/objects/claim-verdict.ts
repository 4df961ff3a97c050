import { GatewayError } from '@app/errors';
import type { UpstreamObject } from './object-store.js';
import type { ObjectPin } from './objects.js';
import type { Reference } from './reference.js';

/** What becomes of ids that nobody here has: those of objects from before, or from elsewhere. */
export type UnknownObjects = 'refuse' | 'allow';

export interface ClaimFacts {
  readonly tenantId: string;
  readonly unknown: UnknownObjects;
  /** Those that are known, by id. */
  readonly known: ReadonlyMap<string, UpstreamObject>;
  readonly isUpstream: (name: string) => boolean;
}

/**
 * Where a call with these references must go; null: anywhere. Those of its path come first.
 * @throws GatewayError NOT_FOUND, in the same words for another tenant's object and for one that nobody
 *   has; INVALID_REQUEST where they live at two places
 */
export function claimVerdict(
  references: readonly Reference[],
  { tenantId, unknown, known, isUpstream }: ClaimFacts,
): ObjectPin | null {
  const places: Placed[] = [];
  for (const { id, how, param } of references) {
    const object = known.get(id);
    const isRefused = object
      ? object.tenantId !== tenantId
      : how === 'certain' && unknown === 'refuse';
    if (isRefused) throw noObject(id, param);
    if (object && how !== 'mentioned') places.push({ object, how, id, param });
  }
  const certain = places.filter(({ how }) => how === 'certain');
  const [first] = certain.length > 0 ? certain : places;
  if (!first) return null;
  const other = certain.find(({ object }) => !isSamePlace(object, first.object));
  if (other) throw apart(first, other);
  const { upstream, account } = first.object;
  if (!isUpstream(upstream)) throw gone(first);
  return { upstream, account };
}

interface Placed extends Reference {
  readonly object: UpstreamObject;
}

export const isSamePlace = (one: ObjectPin, other: ObjectPin): boolean =>
  one.upstream === other.upstream && one.account === other.account;

/** OpenAI says `No such File object: file-abc`; what kind it would be is not known here. */
const noObject = (id: string, param: string): GatewayError =>
  new GatewayError('NOT_FOUND', `No such object: ${shown(id)}`, { param });

const gone = ({ id, param, object }: Placed): GatewayError =>
  new GatewayError(
    'NOT_FOUND',
    `${shown(id)} lives at the upstream ${object.upstream}, which is no longer configured.`,
    { param },
  );

const apart = (one: Placed, other: Placed): GatewayError =>
  new GatewayError(
    'INVALID_REQUEST',
    `${shown(one.id)} and ${shown(other.id)} were made with different keys of the upstream, and no call can use both; make one of them again together with the other.`,
    { param: other.param },
  );

const shown = (id: string): string => (id.length <= 128 ? id : `${id.slice(0, 128)}…`);
