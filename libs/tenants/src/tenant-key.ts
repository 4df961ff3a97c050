import { createHmac, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PREFIX = 'tg-';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 34 random characters are 202 bits. */
const RANDOM_LENGTH = 34;
const CHECKSUM_LENGTH = 6;
const SHAPE = /^tg-[0-9A-Za-z]{40}$/;
const ADMIN_PREFIX = 'tga-';
const ADMIN_SHAPE = /^tga-[0-9A-Za-z]{40}$/;

/**
 * A fresh issued key: `tg-`, 34 random base62 characters, and 6 that are the base62 CRC-32 of all
 * before them. The checksum lets scanners of leaked secrets, and us, tell a key from a mistyped one
 * without a look-up; it protects nothing.
 */
export const newTenantKey = (): string => newToken(PREFIX);

/** A fresh admin token: made as a tenant's key is, after `tga-`. */
export const newAdminToken = (): string => newToken(ADMIN_PREFIX);

/** Whether the text is an issued key as we make them. Keys from INTERNAL_KEYS need not be. */
export const isWellFormed = (key: string): boolean => looksIssued(key) && hasChecksum(key);

/** Whether the text is an admin token as we make them. ADMIN_TOKEN need not be. */
export const isAdminToken = (token: string): boolean =>
  ADMIN_SHAPE.test(token) && hasChecksum(token);

/** Whether the text has the shape of an issued key; with a wrong checksum it is a mistyped one. */
export const looksIssued = (key: string): boolean => SHAPE.test(key);

const PREFIX_LENGTH = 8;

/**
 * What lists, logs and audit rows show: the first 8 characters. A short key (only INTERNAL_KEYS has
 * such) shows its first quarter and `…`, because 8 characters could be all of it.
 */
export function keyPrefix(key: string): string {
  if (key.length >= 3 * PREFIX_LENGTH) return key.slice(0, PREFIX_LENGTH);
  return `${key.slice(0, Math.ceil(key.length / 4))}…`;
}

/**
 * The only form in which a key is stored and looked up: HMAC-SHA256 under a pepper of the server, so
 * that a stolen table cannot be tried against guesses.
 * @throws Error on an empty pepper or key: either would make a digest that anyone can compute.
 */
export function keyDigest(pepper: Buffer, key: string): Buffer {
  if (pepper.length === 0) throw new Error('Keys are digested under a pepper; it is empty.');
  if (key === '') throw new Error('An empty key has no digest.');
  return createHmac('sha256', pepper).update(key).digest();
}

function newToken(prefix: string): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => BASE62.charAt(randomInt(62)));
  const body = prefix + random.join('');
  return body + checksum(body);
}

const hasChecksum = (token: string): boolean =>
  token.slice(-CHECKSUM_LENGTH) === checksum(token.slice(0, -CHECKSUM_LENGTH));

function checksum(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place += 1) {
    text = BASE62.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
