/** Where the sender gets a tenant's signing secrets. */
export abstract class CallbackSecretSource {
  /** Secrets in force, newest first, never empty. Failing is the gateway's fault, not the receiver's. */
  abstract secretsOf(tenantId: string): Promise<readonly string[]>;
}
