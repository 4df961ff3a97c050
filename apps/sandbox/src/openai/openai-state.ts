import type { SandboxState } from '../state.js';

/** The stand-ins that are the same program under two names, so that a gateway can have two upstreams. */
export type OpenAiVendor = 'openai' | 'openai-b';

export interface OpenAiState extends SandboxState {
  readonly provider: OpenAiVendor;
}
