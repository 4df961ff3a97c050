import type { Explanation } from '@app/proxy';
import type { ExplainedRow } from '@app/tenants';

/** A call as its tenant is shown it: its row in the audit, and what was decided, as far as that is known. */
export function explainedCall({ tenant: _, clientIp: __, explanation, ...row }: ExplainedRow) {
  return { ...row, ...NOTHING_DECIDED, ...explanation };
}

/** Of calls that the gateway answers itself, and of rows from before explanations were kept. */
const NOTHING_DECIDED: Nullable<Explanation> = {
  route: null,
  delivery: null,
  clocks: null,
  retries: null,
  candidates: [],
  attempts: [],
  refused: null,
  replayed: false,
  limits: null,
  price: null,
};

type Nullable<T> = { readonly [Name in keyof T]: T[Name] | null };
