/**
 * What one turn shows of a receiver's due deliveries, each kind oldest first: first ones before those
 * that are tried again, but neither kind takes the other's half of the room.
 */
export function shownDue<Due>(
  firsts: readonly Due[],
  again: readonly Due[],
  limit: number,
): { readonly due: readonly Due[]; readonly hasMore: boolean } {
  const half = Math.ceil(limit / 2);
  const kept = firsts.slice(0, Math.max(half, limit - again.length));
  return {
    due: [...kept, ...again.slice(0, limit - kept.length)],
    hasMore: firsts.length + again.length > limit,
  };
}
