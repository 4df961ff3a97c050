export interface SandboxEnvironment {
  readonly port: number;
  /** How long an image or video vendor works on a job that carries no `[[delay:…]]`, milliseconds. */
  readonly delayMs: number;
  /** Jobs that one key may have at work at BFL; null: as many as come. */
  readonly bflMaxActive: number | null;
  /** Credits that each key begins with at BFL; null: as many as are asked for. */
  readonly bflCredits: number | null;
}

/** One hour: longer than any client waits. */
const MAX_DELAY_MS = 3_600_000;

/** Pure. @throws Error whose one-line message names the variable and what it takes. */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
): SandboxEnvironment {
  return {
    port: wholeNumber(variables, 'SANDBOX_PORT', { fallback: 8100, max: 65_535 }),
    delayMs: wholeNumber(variables, 'SANDBOX_DELAY_MS', { fallback: 1000, max: MAX_DELAY_MS }),
    // 0 and nothing are the same: no limit.
    bflMaxActive:
      wholeNumber(variables, 'SANDBOX_BFL_MAX_ACTIVE', { fallback: 0, max: 1_000_000 }) || null,
    bflCredits:
      wholeNumber(variables, 'SANDBOX_BFL_CREDITS', { fallback: 0, max: 100_000_000 }) || null,
  };
}

function wholeNumber(
  variables: Readonly<Record<string, string | undefined>>,
  name: string,
  { fallback, max }: { readonly fallback: number; readonly max: number },
): number {
  const text = variables[name];
  if (text === undefined || text === '') return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Infinity;
  if (value > max) throw new Error(`${name} must be a whole number from 0 to ${max}.`);
  return value;
}
