/** A JSON body that was read whole, as far as it is judged. Absent fields are null. */
export interface JudgedBody {
  /** The bytes as they came; the very same are sent on. None any more once an answer is being delivered. */
  readonly bytes: Buffer;
  readonly model: string | null;
  /**
   * The largest of `max_completion_tokens`, `max_output_tokens` and `max_tokens`; null where none is
   * there that the endpoint takes for its maximum.
   */
  readonly maxTokens: number | null;
  /** `n` of chat, completions and images, or `best_of` where it is more; 1 when absent. */
  readonly choices: number;
  readonly stream: boolean;
}
