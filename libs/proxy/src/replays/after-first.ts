/** How a call with an `Idempotency-Key` that was the first ended. */
export type FirstEnd =
  /** Refused here, or not one whole request reached an upstream. */
  | { readonly kind: 'not-sent' }
  /** An upstream may have taken it, and no head of an answer came. */
  | { readonly kind: 'lost' }
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** The upstream finished it: no clock ran out, nothing broke off, a stream said that it is over. */
      readonly whole: boolean;
    };

/**
 * What that means for the next call with the key. `done`: it gets the same answer. `release`: it is the first
 * again. `unknown`: nobody sends it any more.
 */
export type AfterFirst = 'done' | 'release' | 'unknown';

/**
 * @param isDoubtful an attempt before this end may have been done, and nobody knows: nothing but an answer that
 *   is kept makes up for that
 */
export function afterFirst(end: FirstEnd, isDoubtful = false): AfterFirst {
  const after = afterEnd(end);
  return isDoubtful && after === 'release' ? 'unknown' : after;
}

function afterEnd(end: FirstEnd): AfterFirst {
  switch (end.kind) {
    case 'not-sent':
      return 'release';
    case 'lost':
      return 'unknown';
    case 'answered':
      return afterAnswer(end.status, end.whole);
  }
}

/**
 * A refusal did nothing and costs nothing, cut or not. One that speaks of the moment or of the gateway's
 * account would be wrong if it were given for a day; one that speaks of the request stays as true as it is.
 */
function afterAnswer(status: number, whole: boolean): AfterFirst {
  if (isOfTheMoment(status)) return 'release';
  if (whole) return 'done';
  return status >= 400 ? 'release' : 'unknown';
}

/** Whether an answer of this status is never kept. */
export const isOfTheMoment = (status: number): boolean =>
  status >= 500 || OF_THE_MOMENT.has(status);

/** 401, 402, 403, 407: the gateway's credentials and account, not the caller's. 408, 425, 429: ask again. */
const OF_THE_MOMENT: ReadonlySet<number> = new Set([401, 402, 403, 407, 408, 425, 429]);
