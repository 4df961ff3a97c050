import type { JudgedBody } from '../judged-body.js';

/** What of a body decides its price besides its length, model and asked maximum. */
export interface BodyFacts {
  /** Pictures that the body only names (URLs, ids of files): their tokens are not among its bytes. */
  readonly namedPictures: number;
  /** Files that the body only names, of any length. */
  readonly namedFiles: number;
  /** An earlier answer, a conversation or a stored prompt, of any length. */
  readonly namesStored: boolean;
  /** A tool that the upstream runs itself, charged by the call; null: none. */
  readonly hostedTool: string | null;
  /** `default` where none was asked for. */
  readonly tier: string;
  /** Of completions: how many are made to choose from. */
  readonly bestOf: number;
  /** Of completions: how many prompts are gone on with, each as if it were asked alone. */
  readonly prompts: number;
  /** Of responses: it is answered at once, and what it uses is only told by a later read. */
  readonly inBackground: boolean;
  readonly size: string | null;
  readonly quality: string | null;
  readonly partialImages: number;
  /** Characters of a text to be spoken; null: there is none. */
  readonly characters: number | null;
}

/** Null: the body is no JSON object, so nothing can be said. Pure. */
export function bodyFacts(body: JudgedBody): BodyFacts | null {
  const fields = parsed(body.bytes);
  if (!fields) return null;
  const named = { pictures: 0, files: 0, stored: false };
  look(fields, named, 0);
  const { previous_response_id: previous, conversation, prompt } = fields;
  return {
    namedPictures: named.pictures,
    namedFiles: named.files,
    namesStored: named.stored || isNamed(previous) || isNamed(conversation) || isObject(prompt),
    hostedTool: hostedTool(fields),
    tier: textOf(fields['service_tier']) ?? 'default',
    bestOf: countOf(fields['best_of']) ?? 1,
    prompts: promptsIn(prompt),
    inBackground: isThere(fields['background']),
    size: textOf(fields['size']),
    quality: textOf(fields['quality']),
    partialImages: countOf(fields['partial_images']) ?? 0,
    characters: charactersOf(fields['input']),
  };
}

type Fields = Readonly<Record<string, unknown>>;

interface Named {
  pictures: number;
  files: number;
  stored: boolean;
}

/** Walks everything once; what is deeper than any real body counts as something of any length. */
function look(value: unknown, named: Named, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH) {
    named.stored = true;
    return;
  }
  if (isObject(value)) judge(value, named);
  for (const inner of Object.values(value)) look(inner, named, depth + 1);
}

function judge(part: Fields, named: Named): void {
  const { type, image_url: url, file_id: file } = part;
  const address = isObject(url) ? url['url'] : url;
  if (typeof address === 'string' && !address.startsWith('data:')) named.pictures += 1;
  if (isNamed(file)) named[PICTURES.has(type) ? 'pictures' : 'files'] += 1;
  if (isNamed(part['file_url'])) named.files += 1;
  // What the upstream has said before, named again in a later turn.
  const { audio } = part;
  if (type === 'item_reference' || (isObject(audio) && isNamed(audio['id']))) named.stored = true;
}

const PICTURES: ReadonlySet<unknown> = new Set(['input_image', 'image_file']);

/** Functions of the caller's own are only tokens; other tools the upstream runs and charges for. */
function hostedTool(fields: Fields): string | null {
  if (fields['web_search_options'] !== undefined) return 'web_search';
  const tools: unknown = fields['tools'];
  if (!Array.isArray(tools)) return null;
  for (const tool of tools) {
    const type = isObject(tool) ? textOf(tool['type']) : null;
    if (type === null || !OWN_TOOLS.has(type)) return (type ?? 'unknown').slice(0, 64);
  }
  return null;
}

const OWN_TOOLS: ReadonlySet<string> = new Set([
  'function',
  'custom',
  'namespace',
  'local_shell',
  'apply_patch',
]);
const MAX_DEPTH = 64;

/** Code points, as the upstream counts them. */
const charactersOf = (value: unknown): number | null =>
  typeof value === 'string' ? Array.from(value).length : null;

/** One text, one list of tokens, or a list of either. */
const promptsIn = (prompt: unknown): number =>
  Array.isArray(prompt) && typeof prompt[0] !== 'number' ? Math.max(prompt.length, 1) : 1;

const isThere = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false;
const isNamed = (value: unknown): boolean =>
  (typeof value === 'string' && value !== '') || isObject(value);
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const countOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 ? value : null;

function parsed(bytes: Buffer): Fields | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(value) ? value : null;
  } catch {
    // What is no JSON the upstream refuses; until then nothing is known of it.
    return null;
  }
}
