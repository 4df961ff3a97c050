import { openaiWireError } from '../openai-wire-error.js';
import type { ProviderContext, VendorOutput } from '../provider.js';
import { unreadable } from '../refusal.js';
import { isTooLarge } from '../transport-error.js';
import type { VendorAnswer } from '../vendor-call.js';
import { callCompatible } from './compatible-call.js';

/** Far above what a film of a minute weighs; a look holds it in memory, and looks are many. */
const MAX_FILM_BYTES = 128 * 1024 * 1024;
/** How long a link may be trusted to live to which the upstream sends on; none says. */
const LINK_LIFE_MS = 10 * 60 * 1000;

/**
 * The film. It is behind the key, so its bytes come with this look instead of a link for later. An
 * upstream that sends on to its storage names a link, which is fetched without the key. One that is too
 * large would be fetched in vain with every look.
 */
export async function downloadContent(
  jobPath: string,
  context: ProviderContext,
): Promise<VendorOutput | 'too-large'> {
  const path = `${jobPath}/content`;
  const answer = await getContent(path, context);
  if (answer === 'too-large') return answer;
  const { location } = answer.headers;
  const base = `${context.baseUrl}${path}`;
  if (REDIRECTS.has(answer.status) && location !== undefined && URL.canParse(location, base)) {
    const link = new URL(location, base).href;
    return { from: 'url', url: link, expiresAt: Date.now() + LINK_LIFE_MS };
  }
  if (answer.status !== 200) throw openaiWireError(answer);
  const { body } = answer;
  if (!Buffer.isBuffer(body) || body.length === 0) throw unreadable(answer, 'the film');
  return { from: 'bytes', bytes: body };
}

async function getContent(
  path: string,
  context: ProviderContext,
): Promise<VendorAnswer | 'too-large'> {
  try {
    const bytes = { maxBytes: MAX_FILM_BYTES };
    return await callCompatible(context, { method: 'GET', path, bytes });
  } catch (error) {
    if (isTooLarge(error)) return 'too-large';
    throw error;
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([302, 303, 307]);
