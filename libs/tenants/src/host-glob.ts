import { isIP } from 'node:net';

/** Hosts as a glob: one host (`example.com`, an IP address), or every host under one (`*.example.com`). */
export type HostGlobVerdict =
  | { readonly ok: true; readonly glob: string }
  /** Fit to follow the glob's path in a sentence. */
  | { readonly ok: false; readonly reason: string };

/** What to tell whoever wrote a glob that is not one. */
export const HOST_GLOB_TAKES =
  'a host such as example.com, an IP address, or *.example.com for all hosts under it';

/**
 * Reads a glob into the one spelling that `isHostIn` compares with: lower-case, IDN in its ASCII form,
 * without a trailing dot, addresses as WHATWG URL writes them and IPv6 without brackets. A `*` is the
 * whole first label and stands for one or more; anywhere else it could be mistaken for something narrower.
 */
export function readHostGlob(text: string): HostGlobVerdict {
  if (text === '' || text.length > MAX_LENGTH) return refuse(`takes ${HOST_GLOB_TAKES}`);
  if (text.includes('://')) return refuse('has a scheme', text);
  const address = ipv6Of(text);
  if (address) return { ok: true, glob: address };
  if (text.includes('/')) return refuse('has a path or a network mask', text);
  if (text.includes(':')) return refuse('has a port', text);
  const isWide = text.startsWith('*.');
  const name = isWide ? text.slice(2) : text;
  if (name.includes('*')) return refuse('has a * that is not its first label', text);
  const host = NAME.test(name) ? hostnameOf(name) : null;
  if (host === null) return refuse('is no host', text);
  if (isWide && isIP(host) !== 0) return refuse('has a * before an IP address', text);
  return { ok: true, glob: isWide ? `*.${host}` : host };
}

/**
 * Whether a host is meant by one of the globs, all of them as `readHostGlob` gives them. The host is that of
 * a parsed URL: lower-case, without brackets or trailing dot. No glob: no host.
 */
export function isHostIn(host: string, globs: readonly string[]): boolean {
  return globs.some((glob) => {
    if (!glob.startsWith('*.')) return glob === host;
    const ending = glob.slice(1);
    return host.length > ending.length && host.endsWith(ending) && isIP(host) === 0;
  });
}

/** The longest name, a `*.`, and a trailing dot. */
const MAX_LENGTH = 256;

/** Letters of all scripts, digits, and what holds them together; nothing that a URL's parser would act on. */
const NAME = /^[\p{L}\p{M}\p{N}._-]+$/u;

function ipv6Of(text: string): string | null {
  const address = /^\[(.*)\]$/s.exec(text)?.[1] ?? text;
  if (isIP(address) !== 6 || address.includes('%')) return null;
  return URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1) ?? null;
}

function hostnameOf(name: string): string | null {
  const host = URL.parse(`http://${name}/`)?.hostname.replace(/\.$/, '') ?? '';
  const labels = host.split('.');
  const fits = host.length <= 253 && labels.every(({ length }) => length >= 1 && length <= 63);
  return fits ? host : null;
}

const refuse = (says: string, text?: string): HostGlobVerdict => ({
  ok: false,
  reason:
    text === undefined ? says : `${says}: ${JSON.stringify(text)}; it takes ${HOST_GLOB_TAKES}`,
});
