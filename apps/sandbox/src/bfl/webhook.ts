import { createHmac } from 'node:crypto';
import type { SandboxState } from '../state.js';

export interface Webhook {
  readonly url: string;
  readonly secret: string | null;
  readonly body: string;
}

/** After a failed delivery the vendor waits this long, milliseconds, then gives up. */
const RETRY_AFTER_MS = [1000, 5000, 30_000] as const;
const TIMEOUT_MS = 30_000;

/** Delivers until a 2xx or until the retries are used up; ends at once when the sandbox stops. */
export async function deliverWebhook(state: SandboxState, webhook: Webhook): Promise<void> {
  for (const waitMs of [...RETRY_AFTER_MS, null]) {
    if (state.stopping.aborted || (await post(state, webhook)) || waitMs === null) return;
    await state.work(waitMs);
  }
}

/** True when the receiver took it. A receiver that cannot be reached is one more failed delivery. */
async function post(state: SandboxState, { url, secret, body }: Webhook): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signature(secret, body) },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([state.stopping, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function signature(secret: string | null, body: string): Readonly<Record<string, string>> {
  if (secret === null) return {};
  return { 'x-bfl-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
}
