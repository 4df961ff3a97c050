/** One entry of a validation error. */
export interface ValidationDetail {
  readonly loc: readonly string[];
  readonly msg: string;
  readonly type: string;
}

/** An error as BFL's FastAPI words it: `detail` is a sentence, or a list of validation errors. */
export class BflError extends Error {
  override readonly name = 'BflError';

  constructor(
    readonly status: number,
    readonly detail: string | readonly ValidationDetail[],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(typeof detail === 'string' ? detail : detail.map(({ msg }) => msg).join('; '));
  }
}

export const notFound = (): BflError => new BflError(404, 'Not Found');

/** A refusal by too many active tasks; nothing ran. */
export const busy = (retryAfterSeconds: number | null): BflError =>
  new BflError(
    429,
    'Too many active tasks. Please wait for one of them to finish.',
    retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) },
  );

export const broken = (): BflError => new BflError(500, 'Internal Server Error');

/** The words are a guess: no page shows the body of a 402. */
export const insufficientCredits = (): BflError =>
  new BflError(402, 'Insufficient credits. Please add credits to continue.');
