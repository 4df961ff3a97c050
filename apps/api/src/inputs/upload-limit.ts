/** `BODY_LIMIT_BYTES` of the tasks' face. */
export class UploadLimit {
  constructor(readonly maxBytes: number) {}
}
