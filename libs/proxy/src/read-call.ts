import type { CallBody } from './call-body.js';
import { withoutKey } from './callers-key.js';
import { endpointKind } from './endpoint-kind.js';
import type { IncomingExchange } from './incoming-exchange.js';
import { judgedTarget } from './judged-target.js';
import { readMaxCost } from './max-cost.js';
import type { PassThroughOptions } from './pass-through-options.js';
import type { ProxyCall } from './proxy-call.js';
import { headerValue } from './raw-headers.js';
import { bodyTooLarge } from './upload-meter.js';

/**
 * Judges path, headers and, where it can be read, the body of a call.
 * @throws GatewayError; the signal's reason
 */
export async function readCall(
  incoming: Omit<IncomingExchange, 'body'>,
  body: CallBody,
  { options, signal }: { readonly options: PassThroughOptions; readonly signal: AbortSignal },
): Promise<ProxyCall> {
  const { identity, requestId, method, rawHeaders: headers } = incoming;
  const judgedAs = judgedTarget(incoming.target);
  // What the caller authenticated with is no part of what it asks for.
  const target = { ...judgedAs, query: withoutKey(judgedAs.query, incoming.key ?? null) };
  const length = Number(headerValue(headers, 'content-length') ?? 0);
  if (length > options.maxBodyBytes) throw bodyTooLarge(options.maxBodyBytes);
  const maxCostUsd = readMaxCost(headers);
  const endpoint = endpointKind(method, target.segments);
  const maxJsonBytes = Math.min(options.maxJsonBytes, options.maxBodyBytes);
  const facts = { policies: identity, method, endpoint, maxCostUsd, headers, maxJsonBytes };
  const judged = await body.judge(facts, options.namesOf, signal);
  return {
    identity,
    requestId,
    method,
    path: target.normalPath,
    target,
    endpoint,
    headers,
    body: judged,
    hasBody: body.isThere,
    maxCostUsd,
  };
}
