import { isFields, readFields, readText, type Fields } from '../fields.js';
import { invalidParameter, missingParameter } from './ark-error.js';
import type { FilmModel } from './film-models.js';

/** What a film is made of, by role. */
export interface FilmContent {
  readonly prompt: string;
  readonly frames: number;
  readonly references: Readonly<Record<Kind, number>>;
}

type Kind = 'image' | 'video' | 'audio';

const URL_OF: Readonly<Record<Kind, RegExp>> = {
  image: /^(https?:\/\/.|data:image\/[a-z+.-]+;base64,.|asset:\/\/.)/,
  video: /^(https?:\/\/.|asset:\/\/.)/,
  audio: /^(https?:\/\/.|data:audio\/[a-z0-9+.-]+;base64,.|asset:\/\/.)/,
};

/** Pure. @throws ArkError naming what is wrong with `content` */
export function readContent(content: unknown, model: FilmModel): FilmContent {
  if (!Array.isArray(content) || content.length === 0) throw missingParameter('content');
  const items = content.map((item, index) => readItem(item, `content[${index}]`));
  const texts = items.filter((item) => item.kind === 'text');
  if (texts.length > 1) throw invalidParameter('content', 'at most one text is taken');
  const roles = items.flatMap((item) => (item.kind === 'text' ? [] : [item.role]));
  const count = (role: string): number => roles.filter((one) => one === role).length;
  const found = {
    prompt: texts[0]?.kind === 'text' ? texts[0].text : '',
    frames: count('first_frame') + count('last_frame'),
    references: {
      image: count('reference_image'),
      video: count('reference_video'),
      audio: count('reference_audio'),
    },
  };
  requireFrames(model, count('first_frame'), count('last_frame'));
  requireReferences(model, found);
  if (found.prompt === '' && roles.length === 0) throw missingParameter('content.text');
  return found;
}

type Item =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: Kind; readonly role: string };

const ROLES: Readonly<Record<Kind, readonly string[]>> = {
  image: ['first_frame', 'last_frame', 'reference_image'],
  video: ['reference_video'],
  audio: ['reference_audio'],
};

function readItem(item: unknown, path: string): Item {
  if (!isFields(item)) throw invalidParameter(path, 'it must be an object');
  const type = readText(item, 'type');
  if (type === 'text') {
    const text = readText(item, 'text');
    if (text === '') throw missingParameter(`${path}.text`);
    return { kind: 'text', text };
  }
  const kind = (['image', 'video', 'audio'] as const).find((one) => type === `${one}_url`);
  if (!kind) throw invalidParameter(`${path}.type`, `"${type}" is not supported`);
  if (!URL_OF[kind].test(readText(readFields(item, type), 'url'))) {
    throw invalidParameter(`${path}.${type}.url`, `it is no URL of ${kind} content`);
  }
  return { kind, role: readRole(item, kind, path) };
}

/** A picture without a role is the first frame. */
function readRole(item: Fields, kind: Kind, path: string): string {
  const role = readText(item, 'role', kind === 'image' ? 'first_frame' : '');
  if (ROLES[kind].includes(role)) return role;
  throw invalidParameter(`${path}.role`, `use one of ${ROLES[kind].join(', ')}`);
}

function requireFrames(model: FilmModel, first: number, last: number): void {
  if (first > 1 || last > 1) throw invalidParameter('content', 'at most one picture of a role');
  if (first > 0 && !model.firstFrame) {
    throw invalidParameter('content', 'the model does not support image to video');
  }
  if (last > 0 && !model.lastFrame) {
    throw invalidParameter('content', 'the model does not support a last frame');
  }
  if (last > first) throw invalidParameter('content', 'last_frame needs first_frame');
}

function requireReferences(model: FilmModel, { frames, references }: FilmContent): void {
  const { image, video, audio } = references;
  if (frames > 0 && image + video + audio > 0) {
    throw invalidParameter(
      'content',
      'first/last frame content cannot be mixed with reference media content',
    );
  }
  for (const kind of ['image', 'video', 'audio'] as const) {
    if (references[kind] > model.references[kind]) {
      throw invalidParameter('content', `at most ${model.references[kind]} reference ${kind}s`);
    }
  }
  if (audio > 0 && image + video === 0 && model.generation !== '2.5') {
    throw invalidParameter('content', 'audio needs a reference image or video beside it');
  }
  if (model.needsPicture && frames + image === 0) throw missingParameter('content.image_url');
}
