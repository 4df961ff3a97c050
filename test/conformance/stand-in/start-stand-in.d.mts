export interface Recorded {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  /** In base64. */
  readonly body: string;
}

export function startStandIn(options?: {
  readonly port?: number;
  readonly seed?: number;
}): Promise<{
  readonly url: string;
  readonly last: () => Recorded;
  readonly close: () => Promise<void>;
}>;
