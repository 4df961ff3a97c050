import { ark } from './ark/ark.provider.js';
import { bfl } from './bfl/bfl.provider.js';
import { dashscope } from './dashscope/dashscope.provider.js';
import { gemini } from './gemini/gemini.provider.js';
import { openaiCompatible } from './openai-compatible/openai-compatible.provider.js';
import { openai } from './openai/openai.provider.js';
import type { Provider } from './provider.js';
import { vertex } from './vertex/vertex.provider.js';

/** Every vendor, one line each; last the one whose models may not take a name of the others. A folder that is missing here fails `registry.spec.ts`. */
export const providers: readonly Provider[] = [
  openai,
  dashscope,
  bfl,
  vertex,
  gemini,
  ark,
  openaiCompatible,
];
