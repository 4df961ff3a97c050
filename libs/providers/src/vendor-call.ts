import { ProviderError } from '@app/errors';
import type { AxiosResponse } from 'axios';
import type { JsonObject, ProviderContext } from './provider.js';
import { transportError } from './transport-error.js';

export interface VendorCall {
  /** How a person calls the vendor; it opens every message. */
  readonly vendor: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  /** The vendor's own way to carry the key; no key at all where the address is not trusted. */
  readonly headers: (credential: string) => Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: JsonObject;
  /** Sent as `multipart/form-data` instead. */
  readonly form?: FormData;
  /** A 200 is a file: its answer's body is a Buffer, at most so large. */
  readonly bytes?: { readonly maxBytes: number };
}

/** An answer of any status. */
export interface VendorAnswer {
  readonly vendor: string;
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The parsed JSON, or the text where it is none; a Buffer where `bytes` was asked for and came. */
  readonly body: unknown;
  /** Makes a vendor's text fit to be shown: without key and queries of links, on one line, not long. */
  readonly clean: (text: string) => string;
}

/** One call, once, with whatever answer. @throws ProviderError when no answer came */
export async function callVendor(
  context: ProviderContext,
  call: VendorCall,
): Promise<VendorAnswer> {
  const credential = await fetchCredential(context, call.vendor);
  const response = await send(context, call, credential);
  return {
    vendor: call.vendor,
    status: response.status,
    headers: readHeaders(response),
    body: bodyOf(response),
    clean: (text) => clean(text, credential),
  };
}

async function fetchCredential(context: ProviderContext, vendor: string): Promise<string> {
  try {
    return await context.credential();
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    throw new ProviderError(`No credential for ${vendor} could be obtained`, {
      accepted: 'no',
      retryable: true,
      taskError: 'MODEL_UNAVAILABLE',
      cause: error,
    });
  }
}

async function send(
  context: ProviderContext,
  call: VendorCall,
  credential: string,
): Promise<AxiosResponse<unknown>> {
  const content = await contentOf(call);
  try {
    return await context.http.request<unknown>({
      method: call.method,
      url: call.url,
      headers: {
        accept: call.bytes ? '*/*' : 'application/json',
        ...content.headers,
        ...call.headers(credential),
      },
      signal: context.signal,
      ...(call.bytes && { responseType: 'arraybuffer', door: call.bytes }),
      ...(content.data === undefined ? {} : { data: content.data }),
    });
  } catch (error) {
    throw transportError(call.vendor, error);
  }
}

/** A form's bytes are made here, because only they know the boundary that the header must name. */
async function contentOf({ body, form }: VendorCall): Promise<{
  readonly headers: Readonly<Record<string, string>>;
  readonly data?: JsonObject | Buffer;
}> {
  if (!form) return body === undefined ? { headers: {} } : { headers: {}, data: body };
  const encoded = new Response(form);
  const data = Buffer.from(await encoded.arrayBuffer());
  return { headers: { 'content-type': encoded.headers.get('content-type') ?? '' }, data };
}

function readHeaders(response: AxiosResponse<unknown>): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries<unknown>(response.headers)) {
    headers[name.toLowerCase()] = typeof value === 'string' ? value : undefined;
  }
  return headers;
}

/** What was asked for as a file is one only with a 200: every other answer is about an error. */
function bodyOf({ status, data }: AxiosResponse<unknown>): unknown {
  if (!Buffer.isBuffer(data)) return parse(data);
  return status === 200 ? data : parse(data.toString());
}

function parse(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    return data; // A proxy's page, not the vendor's JSON: the status alone decides then.
  }
}

/** Vendors quote the link that they could not fetch; its query often is a password to the file. */
const withoutQueries = (text: string): string =>
  text.replaceAll(/(https?:\/\/[^\s?#"'<>]+)\?[^\s"'<>]*/gi, '$1?…');

const MAX_MESSAGE_LENGTH = 300;

function clean(text: string, credential: string): string {
  const hidden = credential === '' ? text : text.replaceAll(credential, '[key]');
  const line = withoutQueries(hidden).replaceAll(/\s+/g, ' ').trim();
  return line.length > MAX_MESSAGE_LENGTH ? `${line.slice(0, MAX_MESSAGE_LENGTH)}…` : line;
}
