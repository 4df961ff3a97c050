import type OpenAI from 'openai';
import { toFile } from 'openai';

export interface SdkCall {
  /** As it is written: `files.create`, `responses.create (stream)`. */
  readonly name: string;
  /** Sends it; `turn` goes into every id, so that no two are the same request. */
  readonly send: (turn: string) => Promise<Response>;
}

type Method = (...args: readonly unknown[]) => { asResponse(): Promise<Response> };
type Resource = Readonly<Record<string, unknown>> & { readonly _client: unknown };

/** Every call of the SDK that is one request: whatever sends by itself, found by walking its resources. */
export function callsOf(client: OpenAI): readonly SdkCall[] {
  return [...walk(client as unknown as Readonly<Record<string, unknown>>, '')];
}

function* walk(node: Readonly<Record<string, unknown>>, path: string): Generator<SdkCall> {
  for (const [name, child] of Object.entries(node)) {
    if (!isResource(child)) continue;
    const here = `${path}${name}.`;
    for (const method of sendingMethods(child)) yield* variants(child, here, method);
    yield* walk(child, here);
  }
}

const isResource = (value: unknown): value is Resource =>
  typeof value === 'object' && value !== null && '_client' in value;

const SENDS = /this\._client\s*\.(get|post|put|patch|delete|getAPIList)\(/;

const sendingMethods = (resource: Resource): readonly string[] =>
  Object.getOwnPropertyNames(Object.getPrototypeOf(resource)).filter(
    (name) => name !== 'constructor' && SENDS.test(String(resource[name])),
  );

function* variants(resource: Resource, path: string, name: string): Generator<SdkCall> {
  // What `sendingMethods` found is a function of the SDK.
  const method = resource[name] as Method;
  const source = String(method);
  const send = (more: object) => async (turn: string) =>
    await method.apply(resource, await argumentsFor(source, turn, more)).asResponse();
  yield { name: path + name, send: send({}) };
  if (!/\bstream: (body|query|params)\b/.test(source)) return;
  yield { name: `${path}${name} (stream)`, send: send(STREAM) };
}

/** Asked for, so that nobody needs to ask for it in the caller's place. */
const STREAM = { stream: true, stream_options: { include_usage: true } };

/** An id for an id, an object with a bit of everything for a body; nothing for the options. */
async function argumentsFor(source: string, turn: string, more: object): Promise<unknown[]> {
  const [, list = ''] = /^[^(]*\(([^)]*)\)/.exec(source) ?? [];
  const names = list.split(',').map((part) => part.split('=')[0]?.trim() ?? '');
  const fields = { ...(await fieldsFor(source, turn)), ...more };
  return names
    .filter((name) => name !== '' && name !== 'options')
    .map((name) => (/^(body|params|query)$/.test(name) ? fields : `id zoë:${name}-${turn}`));
}

async function fieldsFor(source: string, turn: string): Promise<object> {
  const isQuery = /\bquery\b/.test(source) && !/\bbody\b/.test(source);
  const [, taken = ''] = /const \{([^}]*)\} = (?:params|body)/.exec(source) ?? [];
  const names = [...taken.matchAll(/(?<!\.\.\.)(?:'([^']+)'|\b(\w+))\s*(?::[^,]*)?(?:,|$)/g)];
  const ids = names.map(([, quoted, bare]) => [quoted ?? bare ?? '', `id-${turn}`] as const);
  const own = Object.fromEntries(ids.filter(([name]) => name !== 'betas' && name !== ''));
  if (isQuery) return { ...own, limit: 2, after: `obj zoë&${turn}`, order: 'asc' };
  const files = /multipart/i.test(source)
    ? { file: await picture(), image: [await picture()] }
    : {};
  return { ...own, ...BODY, ...files };
}

const picture = async () => await toFile(Buffer.alloc(70_000, 'zoë'), 'zoë.bin');

/** What the SDK does not look at is sent as it is. */
const BODY = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user', content: 'zoë 東京 🚢' }],
  input: 'zoë',
  prompt: 'zoë',
  voice: 'alloy',
  purpose: 'user_data',
  expires_after: { anchor: 'created_at', seconds: 3600 },
};
