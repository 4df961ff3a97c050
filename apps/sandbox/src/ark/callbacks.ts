import type { SandboxState } from '../state.js';

/** After a failed delivery of an end the vendor tries three times more; its page names no pauses. */
const RETRY_AFTER_MS = [1000, 5000, 30_000] as const;
const TIMEOUT_MS = 5000;

/** Delivers a body once, or until a 2xx when it tells of an end. Never fails: nobody waits for it. */
export async function callBack(
  state: SandboxState,
  callback: { readonly url: string; readonly body: unknown; readonly isEnd: boolean },
): Promise<void> {
  for (const waitMs of [...(callback.isEnd ? RETRY_AFTER_MS : []), null]) {
    if (state.stopping.aborted || (await post(state, callback)) || waitMs === null) return;
    await state.work(waitMs);
  }
}

/** True when the receiver took it. One that cannot be reached is one more failed delivery. */
async function post(
  state: SandboxState,
  { url, body }: { readonly url: string; readonly body: unknown },
): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.any([state.stopping, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
