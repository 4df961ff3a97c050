import { type Holding, ObjectStore, type UpstreamObject } from '../objects/object-store.js';

export class InMemoryObjectStore extends ObjectStore {
  readonly rows = new Map<string, UpstreamObject>();
  /** How often it was asked for ids. */
  finds = 0;
  /** Set: it is away. */
  failure: Error | null = null;

  override async find(ids: readonly string[]): Promise<readonly UpstreamObject[]> {
    this.finds += 1;
    if (this.failure) throw this.failure;
    return ids.map((id) => this.rows.get(id)).filter((row) => row !== undefined);
  }

  override async record(objects: readonly UpstreamObject[]): Promise<void> {
    if (this.failure) throw this.failure;
    for (const object of objects) {
      if (!this.rows.has(object.id)) this.rows.set(object.id, object);
    }
  }

  override async forget(ids: readonly string[]): Promise<void> {
    if (this.failure) throw this.failure;
    for (const id of ids) this.rows.delete(id);
  }

  override async holdings(tenantId: string, kind: string): Promise<readonly Holding[]> {
    const byPlace = new Map<string, Holding>();
    for (const { upstream, account, ...row } of this.rows.values()) {
      if (row.tenantId !== tenantId || row.kind !== kind) continue;
      const place = `${upstream} ${account}`;
      const objects = (byPlace.get(place)?.objects ?? 0) + 1;
      byPlace.set(place, { upstream, account, objects });
    }
    return [...byPlace.values()].toSorted((one, other) => other.objects - one.objects);
  }
}
