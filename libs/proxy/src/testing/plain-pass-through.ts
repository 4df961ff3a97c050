import { tmpdir } from 'node:os';
import { NO_GOVERNOR } from '../no-governor.js';
import { NO_OBJECTS } from '../objects/objects.js';
import { PassThrough } from '../pass-through.js';
import type { PassThroughOptions } from '../pass-through-options.js';
import { NO_REPLAYS } from '../replays/replays.js';
import type { Routing } from '../routing/routing.js';
import { TargetHealth } from '../routing/target-health.js';

/** A pass-through that limits, remembers and owns nothing, but for what is said. */
export const plainPassThrough = (
  routing: Routing,
  more: Partial<PassThroughOptions> = {},
  health = new TargetHealth(),
): PassThrough =>
  new PassThrough(routing, health, {
    maxBodyBytes: 1024 * 1024,
    maxJsonBytes: 64 * 1024,
    maxHeldBytes: 1024 * 1024,
    namesOf: (model) => [model],
    holdFolder: tmpdir(),
    governor: NO_GOVERNOR,
    objects: NO_OBJECTS,
    replays: NO_REPLAYS,
    ...more,
  });
