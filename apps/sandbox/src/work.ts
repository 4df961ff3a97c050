/**
 * Waits of jobs at work, which all end when the sandbox stops. One listener for all of them: thousands
 * on one signal would make each wait as slow as their number.
 */
export function workIn(stopping: AbortSignal): (durationMs: number) => Promise<void> {
  const waits = new Map<NodeJS.Timeout, () => void>();
  stopping.addEventListener('abort', () => {
    for (const [timer, end] of waits) {
      clearTimeout(timer);
      end();
    }
    waits.clear();
  });
  return async (durationMs) => {
    if (durationMs <= 0) return;
    if (stopping.aborted) throw stopped();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        waits.delete(timer);
        resolve();
      }, durationMs);
      waits.set(timer, () => reject(stopped()));
    });
  };
}

const stopped = (): Error => new Error('The sandbox has stopped');
