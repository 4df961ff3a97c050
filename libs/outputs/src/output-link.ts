import { createHmac, timingSafeEqual } from 'node:crypto';

export interface OutputLink {
  /** Our own base URL, with or without a path and a trailing slash. */
  readonly publicUrl: string;
  /** First part of the path: `outputs`. */
  readonly folder: string;
  readonly outputId: string;
  /** Unix seconds. */
  readonly expireAt: number;
  readonly secret: Buffer;
}

export interface OutputLinkClaim {
  readonly outputId: string;
  /** The query's `exp` and `sig`, as they came. */
  readonly exp: string | undefined;
  readonly sig: string | undefined;
  /** The current secret and those that are being rotated out. */
  readonly secrets: readonly Buffer[];
  readonly nowSeconds: number;
}

/**
 * A link that opens one output until `expireAt`, without a key (HMAC-SHA256, base64url).
 * @throws RangeError on an empty secret, an odd id or a time that is not whole seconds
 */
export function signOutputLink(link: OutputLink): string {
  const { publicUrl, folder, outputId, expireAt, secret } = link;
  if (!/^[\w-]+$/.test(outputId)) throw new RangeError(`"${outputId}" is not an output id`);
  if (!Number.isSafeInteger(expireAt) || expireAt < 0) {
    throw new RangeError(`expireAt is ${expireAt}; it takes whole Unix seconds`);
  }
  const base = publicUrl.replace(/\/+$/, '');
  const signature = sign(outputId, String(expireAt), secret).toString('base64url');
  return `${base}/${folder}/${outputId}?exp=${expireAt}&sig=${signature}`;
}

/** The signature is judged before the time: a forged link learns nothing about a true one. */
export function verifyOutputLink(claim: OutputLinkClaim): 'valid' | 'expired' | 'forged' {
  const { outputId, exp = '', sig = '', secrets, nowSeconds } = claim;
  if (!/^\d{1,15}$/.test(exp)) return 'forged';
  const given = Buffer.from(sig, 'base64url');
  const isSigned = secrets
    .map((secret) => isEqual(given, sign(outputId, exp, secret)))
    .includes(true);
  // Base64 has several spellings of the same bytes; only ours is taken.
  if (!isSigned || given.toString('base64url') !== sig) return 'forged';
  return nowSeconds < Number(exp) ? 'valid' : 'expired';
}

function sign(outputId: string, exp: string, secret: Buffer): Buffer {
  if (secret.length === 0) throw new RangeError('The secret of output links is empty');
  return createHmac('sha256', secret).update(`output-link.v1\n${outputId}\n${exp}`).digest();
}

function isEqual(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
