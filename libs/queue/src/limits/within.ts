/**
 * What comes within so many milliseconds, or fails. A process that was busy itself first takes what has
 * arrived meanwhile: its own pause is not taken for Redis's.
 */
export async function within<T>(answer: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    setImmediate(() => setImmediate(() => late.reject(new Error(`No answer within ${ms} ms`))));
  }, ms);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
