import type { AdminAction, AdminIdentity, Identity } from '@app/tenants';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling; set once the key was accepted. */
    identity?: Identity;
    /** Which admin is calling; set once the token was accepted. */
    admin?: AdminIdentity;
    /** The row that was written before the admin's action. */
    adminIntent?: AdminAction;
    /** Its outcome is written, or being written. */
    adminOutcome?: boolean;
    /** Where the request came from; absent when the caller had left before we looked. */
    clientIp?: string;
    /** SHA-256 of the body's bytes as they came; set for parsed bodies. */
    bodySha256?: Buffer;
    bodyBytes?: number;
    /** The error that the answer tells of, for the audit row. */
    errorCode?: string;
    /** The model that the request is about, for the audit row. */
    model?: string;
    /** A route that shares its path with the upstream gave the request to the pass-through. */
    passesThrough?: boolean;
  }
  interface FastifyContextConfig {
    /** The route takes the body as an untouched stream and writes its own answer and audit row. */
    raw?: boolean;
    /** The body is handed to the route as it comes; all else is as for any other route. */
    streamed?: boolean;
    /** The body is a list whose items the route judges one by one, so that one never fails another. */
    judgesItems?: boolean;
  }
}
