import type { Model } from '../model.js';
import { flux1Models } from './flux-1.models.js';
import { flux2Models } from './flux-2.models.js';

export const fluxModels: readonly Model[] = [...flux2Models, ...flux1Models];
