import type { Transition } from '../transition.js';
import { InMemoryTaskStore } from './in-memory-task.store.js';

/** A process that dies just before or just after a commit. */
export class MortalStore extends InMemoryTaskStore {
  dies: 'before' | 'after' | null = null;

  override async apply(transition: Transition): Promise<boolean> {
    const dies = this.dies;
    if (dies) this.dies = null;
    if (dies === 'before') throw new Error('killed before the commit');
    const won = await super.apply(transition);
    if (dies === 'after') throw new Error('killed after the commit');
    return won;
  }
}
