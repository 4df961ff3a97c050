/** Follows a file as it passes, in bounded memory, and tells at its end whether it is whole. */
export interface MediaCheck {
  add(chunk: Buffer): void;
  /** Asked once, after the last byte: what is missing, or `null`. */
  missing(): string | null;
  /** Width and height in pixels where the check itself sees them. */
  dimensions(): Dimensions | null;
}

export interface Dimensions {
  readonly width: number;
  readonly height: number;
}
