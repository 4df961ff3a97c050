import { ark } from './ark/ark.provider.js';
import { bfl } from './bfl/bfl.provider.js';
import { dashscope } from './dashscope/dashscope.provider.js';
import { openai } from './openai/openai.provider.js';
import type { Provider } from './provider.js';
import { vertex } from './vertex/vertex.provider.js';

/** Every vendor, one line each. A folder that is missing here fails `registry.spec.ts`. */
export const providers: readonly Provider[] = [openai, dashscope, bfl, vertex, ark];
