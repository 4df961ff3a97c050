import { GatewayError } from '@app/errors';
import type { UpstreamObject } from './object-store.js';
import { isApart, type ObjectPin, type ObjectPlaces } from './object-place.js';
import type { Reference } from './reference.js';

/**
 * What becomes of ids that nobody here has: those of objects from before, or from elsewhere. `refuse`: they are
 * not there. `unlisted`: whoever knows one may use it, and lists do not show it. `allow`: lists show it too.
 */
export type UnknownObjects = 'refuse' | 'unlisted' | 'allow';

export interface ClaimFacts {
  readonly tenantId: string;
  readonly unknown: UnknownObjects;
  /** Those that are known, by id. */
  readonly known: ReadonlyMap<string, UpstreamObject>;
  readonly places: ObjectPlaces;
}

/**
 * Where a call with these references must go; null: anywhere. Those of its path come first.
 * @throws GatewayError NOT_FOUND, in the same words for another tenant's object and for one that nobody
 *   has; INVALID_REQUEST where they live at two places
 */
export function claimVerdict(
  references: readonly Reference[],
  { tenantId, unknown, known, places }: ClaimFacts,
): ObjectPin | null {
  const named: Placed[] = [];
  for (const { id, how, param } of references) {
    const object = known.get(id);
    const isRefused = object ? object.tenantId !== tenantId : !UNKNOWN_PASSES[how](unknown);
    if (isRefused) throw noObject(id, param);
    if (object && how !== 'mentioned') named.push({ object, how, id, param });
  }
  const certain = named.filter(({ how }) => how === 'certain');
  const binding = certain.length > 0 ? certain : named;
  const first = binding.find(({ object }) => places.hasKey(object)) ?? binding[0];
  if (!first) return null;
  const lost = certain.find(({ object }) => !places.isUpstream(object.upstream));
  if (lost) throw gone(lost);
  const other = certain.find(({ object }) => isApart(object, first.object, places));
  if (other) throw apart(first, other);
  const { upstream, account } = first.object;
  return places.isUpstream(upstream) ? { upstream, account } : null;
}

const UNKNOWN_PASSES: Readonly<Record<Reference['how'], (unknown: UnknownObjects) => boolean>> = {
  certain: (unknown) => unknown !== 'refuse',
  possible: () => true,
  mentioned: () => true,
  'of-all': (unknown) => unknown === 'allow',
};

interface Placed extends Reference {
  readonly object: UpstreamObject;
}

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
