/**
 * Whether Postgres will never take what was written, however often it comes again: SQLSTATE classes 22
 * (a value that its column cannot hold) and 23 (a constraint).
 */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string')
    return false;
  return /^(22|23)...$/.test(error.code);
}
