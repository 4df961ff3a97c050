/** Node's header table: lower-case names, a repeated header is an array. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The tenant key that a request carries, or null. `Authorization: Bearer` wins, then `x-api-key`,
 * then the WebSocket sub-protocol with which a browser, unable to set headers, sends a key to OpenAI
 * (https://platform.openai.com/docs/guides/realtime-websocket). An empty one counts as none.
 */
export function readCredential(headers: RequestHeaders): string | null {
  return (
    bearerToken(first(headers['authorization'])) ??
    (first(headers['x-api-key'])?.trim() || null) ??
    subProtocolKey(headers['sec-websocket-protocol'])
  );
}

/** RFC 6750; the scheme's case does not matter (RFC 9110, section 11.1). */
function bearerToken(authorization: string | undefined): string | null {
  return /^bearer +(\S+)\s*$/i.exec(authorization?.trimStart() ?? '')?.[1] ?? null;
}

const SUB_PROTOCOL = 'openai-insecure-api-key.';

function subProtocolKey(header: string | readonly string[] | undefined): string | null {
  const offered = [header ?? []].flat().flatMap((line) => line.split(','));
  const found = offered.map((name) => name.trim()).find((name) => name.startsWith(SUB_PROTOCOL));
  return found?.slice(SUB_PROTOCOL.length) || null;
}

const first = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : header?.[0];
