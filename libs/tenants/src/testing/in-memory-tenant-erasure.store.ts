import { type ErasureAnswer, type ErasureState, TenantErasureStore } from '../tenant-erasure.js';

/** For tests of what is above the store: knows what was asked for, and erases nothing. */
export class InMemoryTenantErasureStore extends TenantErasureStore {
  readonly asked = new Set<string>();
  /** What is answered of a tenant instead of `unknown`. */
  readonly answers = new Map<string, ErasureAnswer>();

  async begin(tenantId: string): Promise<ErasureAnswer> {
    await Promise.resolve();
    const answer = this.answers.get(tenantId) ?? 'unknown';
    if (answer === 'erasing') this.asked.add(tenantId);
    return answer;
  }

  async state(tenantId: string): Promise<ErasureState> {
    return await Promise.resolve({ erasing: this.asked.has(tenantId), erasedAt: null });
  }

  async erasing(limit: number): Promise<readonly string[]> {
    return await Promise.resolve([...this.asked].slice(0, limit));
  }

  async unfinishedTasks(): Promise<readonly string[]> {
    return await Promise.resolve([]);
  }

  async scrub(): Promise<null> {
    return await Promise.resolve(null);
  }

  async finish(tenantId: string): Promise<boolean> {
    return await Promise.resolve(this.asked.delete(tenantId));
  }
}
