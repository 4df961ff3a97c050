/**
 * The verdict on a raw request target (`/v1/files/abc?x=1`). `path` and `query` are byte for byte
 * what the caller sent; `segments` are the decoded parts below `/v1`, the ground on which ownership
 * and policy are judged. What two parsers could read in two ways is refused rather than repaired:
 * otherwise the path that was judged would not be the path that the upstream serves.
 */
export type UpstreamPath =
  | {
      readonly ok: true;
      readonly path: string;
      /** With its `?`; empty where the target has none. */
      readonly query: string;
      readonly segments: readonly string[];
      /** `/v1` and the segments: one spelling for all that reach the same endpoint. */
      readonly normalPath: string;
    }
  | { readonly ok: false; readonly reason: string };

export function upstreamPath(target: string): UpstreamPath {
  if (!/^[\x21-\x7e]*$/.test(target)) {
    return malformed('it holds a character that a URL cannot hold; percent-encode it');
  }
  if (target.includes('#')) return malformed('it holds a fragment (#)');
  const queryAt = target.indexOf('?');
  const path = queryAt === -1 ? target : target.slice(0, queryAt);
  if (path !== '/v1' && !path.startsWith('/v1/')) return malformed('it does not start with /v1/');
  const read = decodedSegments(path);
  if (typeof read === 'string') return malformed(read);
  return {
    ok: true,
    path,
    query: queryAt === -1 ? '' : target.slice(queryAt),
    segments: read,
    normalPath: ['/v1', ...read].join('/'),
  };
}

const malformed = (why: string): UpstreamPath => ({
  ok: false,
  reason: `The request path is refused: ${why}.`,
});

/** The parts below `/v1`, empty ones and path parameters (`;x=1`) left out, or why there are none. */
function decodedSegments(path: string): readonly string[] | string {
  let decoded = path;
  for (let round = 0; ; round += 1) {
    const flaw = flawOf(decoded, round);
    if (flaw !== null) return flaw;
    const next = decodeOnce(decoded);
    if (next === decoded) break;
    if (round === MAX_ROUNDS) return 'it is percent-encoded more than twice over';
    decoded = next;
  }
  return segmentsOf(decoded)
    .filter((segment) => segment !== '')
    .slice(1);
}

const MAX_ROUNDS = 2;

/** Latin-1: each escape is one byte, which is enough to find what is refused here. */
const decodeOnce = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

const segmentsOf = (path: string): string[] =>
  path.split('/').map((segment) => segment.split(';', 1)[0] ?? '');

function flawOf(path: string, round: number): string | null {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\x00-\x1f\x7f]/.test(path)) return 'it holds an encoded control character';
  if (path.includes('\\')) return 'it holds a backslash';
  if (/%(2f|5c)/i.test(path)) return 'it holds an encoded slash or backslash';
  if (segmentsOf(path).some((segment) => segment === '.' || segment === '..')) {
    return round === 0 ? 'it holds a dot segment' : 'it holds an encoded dot segment';
  }
  return null;
}
