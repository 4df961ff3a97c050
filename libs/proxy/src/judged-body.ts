/** A JSON body that was read whole, as far as it is judged. Absent fields are null. */
export interface JudgedBody {
  /** The bytes as they came; the very same are sent on. */
  readonly bytes: Buffer;
  readonly model: string | null;
  /** `max_completion_tokens`, `max_output_tokens` or `max_tokens`, the first that is there. */
  readonly maxTokens: number | null;
  /** `n` of chat, completions and images; 1 when absent. */
  readonly choices: number;
  readonly stream: boolean;
}
