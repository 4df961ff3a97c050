import type { Governor } from './governor.js';
import type { Objects } from './objects/objects.js';
import type { Replays } from './replays/replays.js';

export interface PassThroughOptions {
  /** Larger request bodies are refused or, where their length was not told, cut off. */
  readonly maxBodyBytes: number;
  /** JSON bodies up to this are read whole; larger ones are streamed, and cannot be judged. */
  readonly maxJsonBytes: number;
  /** Bytes of bodies that are read and not yet sent on, of all requests together. */
  readonly maxHeldBytes: number;
  /** All names by which policy judges a model. */
  readonly namesOf: (model: string) => readonly string[];
  /** Where answers go that are held and do not fit into memory; it must exist. */
  readonly holdFolder: string;
  readonly governor: Governor;
  readonly objects: Objects;
  readonly replays: Replays;
}
