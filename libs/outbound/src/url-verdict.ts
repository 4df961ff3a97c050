import { isIP } from 'node:net';
import { judgeEndpoint, refusedOwnPort } from './address-verdict.js';
import type { AddressClass } from './door.js';
import { judgeName } from './name-verdict.js';
import { isInNetworks } from './networks.js';
import { judgePort } from './port-verdict.js';
import { PUBLIC_ONLY, type TenantPolicy } from './tenant-policy.js';
import { refused, type Verdict } from './verdict.js';

export type UrlVerdict =
  | { readonly allowed: true; readonly url: URL }
  | { readonly allowed: false; readonly reason: string };

const MAX_TENANT_URL_LENGTH = 2048;
/** Presigned links of vendors carry whole session tokens. */
const MAX_VENDOR_URL_LENGTH = 16_384;

/**
 * The verdict on a tenant's URL (callback, input media) by its text alone: nothing is resolved or
 * opened. A yes is not final: the door judges every address again when it dials.
 */
export function judgeUrlText(text: string, policy: TenantPolicy): UrlVerdict {
  if (text.includes('#')) return refused('the URL must not have a fragment (#…)');
  return judgeForeignUrl(text, MAX_TENANT_URL_LENGTH, policy);
}

/** The verdict by text for each class of addresses; `policy` concerns tenants only. */
export function judgeUrlOfClass(
  text: string,
  addressClass: AddressClass,
  policy: TenantPolicy,
): UrlVerdict {
  switch (addressClass.kind) {
    case 'tenant':
      return judgeUrlText(text, policy);
    case 'operator':
      return parseWebUrl(text);
    case 'vendor-answer':
      return isOnHostOf(text, addressClass.trustedBaseUrl)
        ? parseWebUrl(text)
        : judgeForeignUrl(text, MAX_VENDOR_URL_LENGTH, PUBLIC_ONLY);
  }
}

/** Whether two URLs name the same host, whatever their ports; false where one does not parse. */
export function isOnHostOf(text: string, baseUrl: string): boolean {
  const [url, base] = [URL.parse(text), URL.parse(baseUrl)];
  return url !== null && base !== null && url.hostname !== '' && url.hostname === base.hostname;
}

/** The host as a resolver or `net.connect` takes it: no brackets, no trailing dot. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/** The port, also where the URL leaves it to its scheme. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function judgeForeignUrl(text: string, maxLength: number, policy: TenantPolicy): UrlVerdict {
  if (text.length > maxLength) return refused(`the URL is longer than ${maxLength} characters`);
  const parsed = parseWebUrl(text);
  if (!parsed.allowed) return parsed;
  const { url } = parsed;
  if (url.username !== '' || url.password !== '' || authorityOf(text).includes('@')) {
    return refused('the URL must not have a user name or password');
  }
  const verdict = judgeHostAndPort(hostOf(url), portOf(url), policy);
  return verdict.allowed ? parsed : verdict;
}

function judgeHostAndPort(host: string, port: number, policy: TenantPolicy): Verdict {
  const isAddress = isIP(host) !== 0;
  const verdict = isAddress
    ? judgeEndpoint(host, port, policy)
    : judgeName(host, policy.allowedNetworks);
  if (!verdict.allowed) return verdict;
  if (host === 'localhost' && policy.ownPorts.includes(port)) return refusedOwnPort(port);
  // On a development machine our own host is localhost: there the own ports decide.
  const isLocal = host === 'localhost' || isInNetworks(host, policy.allowedNetworks);
  const isOwn = policy.ownHosts.some((own) => own.toLowerCase().replace(/\.$/, '') === host);
  return isOwn && !isLocal ? refused(`${host} is this gateway itself`) : judgePort(port);
}

/**
 * Parses what every class must be: an absolute http(s) URL, written plainly. The text is judged as
 * well as the parsed URL, because the parser silently repairs (tabs, backslashes, missing slashes)
 * what other software reads differently.
 */
function parseWebUrl(text: string): UrlVerdict {
  if (hasUnprintable(text)) return refused('the URL must not have spaces or control characters');
  if (!/^https?:\/\/[^/]/i.test(text)) {
    return refused('the URL must begin with https:// or http:// and a host');
  }
  if (authorityOf(text).includes('\\')) return refused('the URL must not have a backslash');
  const url = URL.parse(text);
  if (url === null) return refused('the URL is not valid');
  if (url.hostname === '' || hostOf(url) === '') return refused('the URL has no host');
  return url.port === '0' ? refused('port 0 is not taken') : { allowed: true, url };
}

/** Everything between the two slashes and the path; a backslash does not end it here. */
function authorityOf(text: string): string {
  return /^https?:\/\/([^/?#]*)/i.exec(text)?.[1] ?? '';
}

function hasUnprintable(text: string): boolean {
  // Controls, every kind of white space, and the invisible characters that IDNA drops from a host.
  return /[\p{Cc}\p{Z}\p{Cf}]/u.test(text);
}
