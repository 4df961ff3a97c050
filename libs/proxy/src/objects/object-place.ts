/** Where an object lives: only the key that made it can see it. */
export interface ObjectPin {
  readonly upstream: string;
  /** Id of the upstream's key (`UpstreamKey.id`). */
  readonly account: string;
}

export const isSamePlace = (one: ObjectPin, other: ObjectPin): boolean =>
  one.upstream === other.upstream && one.account === other.account;

/** What is configured now. */
export interface ObjectPlaces {
  isUpstream(name: string): boolean;
  /** Where the key of a place is gone any other of its upstream may know what it made: keys are rotated within a project. */
  hasKey(place: ObjectPin): boolean;
}

/** No call can use what is at both. Of a key that is gone, any other of its upstream has what it made. */
export const isApart = (one: ObjectPin, other: ObjectPin, places: ObjectPlaces): boolean =>
  one.upstream !== other.upstream || (!isSamePlace(one, other) && places.hasKey(one));

/** Reads one page of a collection at a place; null: that place is no more. @throws GatewayError */
export type ReadPage = (place: ObjectPin, query: string) => Promise<Buffer | null>;

/** Those of these ids that a tenant may see; of those that are written down only what is at the place, unless it is null. */
export type OwnOf = (
  ids: readonly string[],
  place: ObjectPin | null,
) => Promise<ReadonlySet<string>>;
