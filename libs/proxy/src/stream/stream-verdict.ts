/** What a stream has shown so far of how it ended. */
export type StreamEnd =
  /** It said that it is over (`[DONE]`, a finish reason for every choice, `response.completed`, …). */
  | { readonly kind: 'finished' }
  /** It carried an error in place of the rest. `message` and `code` as it says them. */
  | { readonly kind: 'failed'; readonly code: string | null; readonly message: string | null }
  /** Nothing of that yet: if it ends here, it was cut. */
  | { readonly kind: 'open' };

/** Watches the events of a stream pass, in any pieces, and tells whether it may be taken for whole. Never throws. */
export abstract class StreamVerdict {
  abstract write(bytes: Uint8Array): void;
  /** Something came that is an event, not a comment. */
  abstract get began(): boolean;
  /** An event that is no JSON and not `[DONE]`. */
  abstract get malformed(): boolean;
  /** What is known so far; an event without its closing blank line counts when `isOver`. */
  abstract end(isOver: boolean): StreamEnd;
}

export const streamVerdictFor = (_call: unknown, _headers: unknown): StreamVerdict => new AlwaysWhole();

class AlwaysWhole extends StreamVerdict {
  began = true;
  malformed = false;
  write(): void {}
  end(): StreamEnd {
    return { kind: 'finished' };
  }
}
