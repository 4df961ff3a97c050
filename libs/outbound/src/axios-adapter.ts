import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import axios, {
  AxiosError,
  AxiosHeaders,
  type AxiosAdapter,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { Door, DoorRequest, DoorResponse, DoorTimeouts } from './door.js';
import type { DoorAxiosDefaults, DoorSettings } from './door-settings.js';
import { OutboundError, type OutboundErrorKind } from './outbound-error.js';

/** Axios's transport hook: translates its request and answer, and does nothing else. */
export function doorAdapter(door: Door, defaults: DoorAxiosDefaults): AxiosAdapter {
  return async (config) => {
    try {
      const answer = await door.request(await doorRequest(config, defaults));
      return await axiosResponse(answer, config);
    } catch (error) {
      throw error instanceof OutboundError ? axiosError(error) : error;
    }
  };
}

const CODES: Readonly<Record<OutboundErrorKind, string>> = {
  'refused-address': AxiosError.ERR_BAD_REQUEST,
  unresolved: AxiosError.ERR_NETWORK,
  connect: AxiosError.ERR_NETWORK,
  reset: AxiosError.ERR_NETWORK,
  timeout: AxiosError.ETIMEDOUT,
  'too-large': AxiosError.ERR_BAD_RESPONSE,
  aborted: AxiosError.ERR_CANCELED,
};

function axiosError(cause: OutboundError): AxiosError {
  const error = new AxiosError(cause.message, CODES[cause.kind]);
  error.cause = cause;
  return error;
}

async function doorRequest(
  config: InternalAxiosRequestConfig,
  defaults: DoorAxiosDefaults,
): Promise<DoorRequest> {
  const headers = AxiosHeaders.from(config.headers);
  const body = await bodyOf(config.data, headers);
  headers.set('accept-encoding', 'identity', false);
  const maxBytes = config.door?.maxBytes ?? defaults.maxBytes;
  return {
    url: axios.getUri(config),
    method: (config.method ?? 'get').toUpperCase(),
    headers: plainHeaders(headers),
    body,
    addressClass: config.door?.addressClass ?? defaults.addressClass,
    timeouts: timeoutsOf(config.timeout, config.door, defaults.timeouts),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    signal: config.door?.signal,
  };
}

function timeoutsOf(
  timeoutMs: number | undefined,
  door: DoorSettings | undefined,
  defaults: DoorTimeouts,
): DoorTimeouts {
  const whole = timeoutMs !== undefined && timeoutMs > 0 ? { totalMs: timeoutMs } : {};
  const headers = whole.totalMs === undefined ? {} : { headersMs: whole.totalMs };
  return { ...defaults, ...whole, ...headers, ...door?.timeouts };
}

/** The body after axios's own transforms (JSON is a string by now) as the door takes it. */
async function bodyOf(
  data: unknown,
  headers: AxiosHeaders,
): Promise<string | Buffer | Readable | null> {
  if (data === undefined || data === null) return null;
  if (typeof data === 'string' || Buffer.isBuffer(data) || data instanceof Readable) return data;
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  if (data instanceof FormData || data instanceof Blob) {
    // The platform's own encoder; its content type names the boundary, so it replaces any other.
    const encoded = new Response(data);
    const contentType = encoded.headers.get('content-type');
    if (contentType !== null && contentType !== '') headers.set('content-type', contentType);
    return Buffer.from(await encoded.arrayBuffer());
  }
  throw new AxiosError(
    'The body must be JSON, a string, a Buffer, a Readable, FormData or a Blob',
    AxiosError.ERR_BAD_REQUEST,
  );
}

function plainHeaders(headers: AxiosHeaders): Record<string, string | string[]> {
  const plain: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers.toJSON())) {
    plain[name.toLowerCase()] = value;
  }
  return plain;
}

async function axiosResponse(
  answer: DoorResponse,
  config: InternalAxiosRequestConfig,
): Promise<AxiosResponse> {
  return {
    data: await dataOf(answer.body, config.responseType),
    status: answer.status,
    statusText: '',
    headers: flatHeaders(answer.headers),
    config,
  };
}

/** Text is parsed as JSON by axios's own transform, which leaves alone what is not JSON. */
async function dataOf(
  body: Readable,
  responseType: InternalAxiosRequestConfig['responseType'],
): Promise<Readable | Buffer | string> {
  if (responseType === 'stream') return body;
  return responseType === 'arraybuffer' ? await buffer(body) : await text(body);
}

/** One string per name, as vendors' headers are read; cookies stay apart (RFC 9110, 5.3). */
function flatHeaders(headers: DoorResponse['headers']): Record<string, string | string[]> {
  const flat: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    flat[name] = Array.isArray(value) && name !== 'set-cookie' ? value.join(', ') : value;
  }
  return flat;
}
