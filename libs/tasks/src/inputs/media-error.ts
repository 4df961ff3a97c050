/** One try to get an input that failed; `transient`: another may do better. Completes "the field: …". */
export class MediaError extends Error {
  constructor(
    message: string,
    readonly transient: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'MediaError';
  }
}
