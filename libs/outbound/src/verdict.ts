/** A yes, or a no with a reason fit for the person who chose the address. */
export type Verdict =
  { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

export const ALLOWED: Verdict = { allowed: true };

export const refused = (reason: string): { readonly allowed: false; readonly reason: string } => ({
  allowed: false,
  reason,
});
