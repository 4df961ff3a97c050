/** What `GET /models` lists. */
export const LISTED_MODELS = [
  'gpt-5.5',
  'gpt-5.2',
  'gpt-5',
  'gpt-5-mini',
  'gpt-4.1',
  'gpt-4.1-mini',
  'gpt-4o',
  'gpt-4o-mini',
  'o4-mini',
  'text-embedding-3-small',
  'text-embedding-3-large',
  'gpt-image-2',
  'gpt-image-2-2026-04-21',
  'gpt-image-2.5-sunburst',
  'gpt-image-2.5-sunburst-2026-09-08',
  'gpt-image-2.5-flare',
  'gpt-image-2.5-flare-2026-09-08',
  'gpt-image-2.6-sunburst',
  'gpt-image-2.6-flare',
  'gpt-image-1.5',
  'gpt-image-1-mini',
] as const;

const IMAGE =
  /^(gpt-image-(1-mini|1\.5|2(\.[56]-(sunburst|flare))?)|chatgpt-image-latest)(-\d{4}-\d\d-\d\d)?$/;
const EMBEDDING = /^text-embedding-/;
const CHAT = /^(gpt-\d|gpt-oss|o\d|chatgpt-|codex-)/;

export type ModelKind = 'chat' | 'embedding' | 'image';

/** Pure. Listed or not, names of OpenAI's families are taken, so that a client may use the newest one; else null. */
export function modelKind(id: string): ModelKind | null {
  if (IMAGE.test(id)) return 'image';
  if (EMBEDDING.test(id)) return 'embedding';
  return CHAT.test(id) ? 'chat' : null;
}

/** Text embeddings are this long when no `dimensions` are asked for. */
export const embeddingDimensions = (id: string): number =>
  id === 'text-embedding-3-large' ? 3072 : 1536;

export function modelObject(id: string): Readonly<Record<string, unknown>> {
  return { id, object: 'model', created: 1_760_000_000, owned_by: 'system' };
}
