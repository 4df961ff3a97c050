import { createHmac, timingSafeEqual } from 'node:crypto';

/** Hex MAC over a path and the moment at which its link dies. */
export function signLink(secret: Buffer, path: string, expires: string): string {
  return createHmac('sha256', secret).update(`${path}\n${expires}`).digest('hex');
}

export function isSigned(
  secret: Buffer,
  link: { readonly path: string; readonly expires: string; readonly signature: string },
): boolean {
  const wanted = Buffer.from(signLink(secret, link.path, link.expires));
  const given = Buffer.from(link.signature);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}
