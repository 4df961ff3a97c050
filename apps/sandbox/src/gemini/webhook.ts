import { randomUUID } from 'node:crypto';
import type { SandboxState } from '../state.js';

/** After a failed delivery the vendor waits this long, milliseconds, then gives up. */
const RETRY_AFTER_MS = [1000, 5000, 30_000] as const;
const TIMEOUT_MS = 30_000;

/**
 * Delivers an event until a 2xx or until the retries are used up. Rejects never: the sandbox stopping
 * ends it. Unsigned: how Google signs those of `webhook_config` is not known well enough to be played.
 */
export async function deliverEvent(state: SandboxState, url: string, event: object): Promise<void> {
  const id = `msg_${randomUUID()}`;
  try {
    for (const waitMs of [...RETRY_AFTER_MS, null]) {
      if (state.stopping.aborted || (await post(state, url, id, event)) || waitMs === null) return;
      await state.work(waitMs);
    }
  } catch (error) {
    if (!state.stopping.aborted) throw error;
  }
}

/** True when the receiver took it. A receiver that cannot be reached is one more failed delivery. */
async function post(state: SandboxState, url: string, id: string, event: object): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(state.now() / 1000)),
      },
      body: JSON.stringify(event),
      redirect: 'manual',
      signal: AbortSignal.any([state.stopping, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
