import { ProviderError } from '@app/errors';
import type { Provider, ProviderContext } from './provider.js';

/** What a free call told about a key. */
export type ProbeResult =
  | { readonly kind: 'good' }
  /** The vendor has nothing free to ask. */
  | { readonly kind: 'unprobed' }
  /** Key, access or balance; `why` holds no secret. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Says nothing about the key. */
  | { readonly kind: 'no-answer'; readonly why: string };

/** Asks a vendor whether it takes the context's key. Costs nothing. */
export async function probe(provider: Provider, context: ProviderContext): Promise<ProbeResult> {
  if (!provider.probe) return { kind: 'unprobed' };
  try {
    await provider.probe(context);
    return { kind: 'good' };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return judge(error);
  }
}

/** An upstream without the list that is asked for (404, 405) says nothing about the key, and never will. */
function judge({ status, trouble, message: why }: ProviderError): ProbeResult {
  if (trouble === 'account' || (status !== undefined && REFUSED.has(status))) {
    return { kind: 'refused', why };
  }
  if (status === 404 || status === 405) return { kind: 'unprobed' };
  return { kind: 'no-answer', why };
}

const REFUSED: ReadonlySet<number> = new Set([401, 402, 403]);
