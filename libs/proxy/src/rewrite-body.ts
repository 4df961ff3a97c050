/** What is written anew in a body; the two changes that the pass-through declares. */
export interface BodyRewrite {
  /** Null: as it is. */
  readonly model: string | null;
  /** `stream_options.include_usage: true` where it is absent. */
  readonly includeUsage: boolean;
}
