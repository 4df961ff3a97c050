/** Key of the tenants' key digests. */
export class KeyPepper {
  constructor(readonly bytes: Buffer) {}
}
