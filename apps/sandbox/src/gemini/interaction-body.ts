import {
  anything,
  boolean,
  isFields,
  object,
  oneOf,
  readFields,
  readList,
  readText,
  text,
  textMatching,
  type Check,
  type Fields,
  type Shape,
} from '../fields.js';
import { checkedFields } from './checked-fields.js';
import { invalidArgument, noModel } from './gemini-error.js';

/** What an interaction that makes a film was asked for. */
export interface OmniJob {
  readonly model: string;
  readonly prompt: string;
  readonly input: readonly unknown[];
  readonly format: {
    readonly aspectRatio: '16:9' | '9:16';
    readonly resolution: string;
    readonly seconds: number;
    readonly delivery: 'inline' | 'uri';
  };
  readonly background: boolean;
  readonly stream: boolean;
  readonly webhook: { readonly uris: readonly string[]; readonly metadata: Fields } | null;
}

/** The longest film of each model, seconds. */
const MODELS: Readonly<Record<string, number>> = {
  'gemini-omni-1.1-flash': 10,
  'gemini-omni-1.2-flash': 15,
};
const MIN_SECONDS = 3;
const MAX_PICTURES = 10;

const input: Check = (value) =>
  (typeof value === 'string' && value !== '') || (Array.isArray(value) && value.length > 0)
    ? null
    : 'must be a text or a list that is not empty';

const BODY: Shape = {
  required: { model: text(200), input },
  optional: {
    response_format: anything,
    background: boolean,
    store: boolean,
    stream: boolean,
    webhook_config: object,
    labels: object,
    generation_config: object,
    safety_settings: anything,
    service_tier: text(100),
    previous_interaction_id: text(2000),
  },
};
const FORMAT: Shape = {
  required: { type: oneOf('video') },
  optional: {
    delivery: oneOf('inline', 'uri'),
    aspect_ratio: oneOf('16:9', '9:16'),
    resolution: oneOf('360p', '720p', '1080p', '4k'),
    duration: textMatching(/^\d{1,2}s$/, 'seconds as "5s"'),
  },
};
const TEXT_PART: Shape = { required: { type: oneOf('text'), text: text(100_000) } };
const MEDIA_PART: Shape = {
  required: { type: oneOf('image', 'video') },
  optional: {
    mime_type: text(100),
    data: text(64 * 1024 * 1024),
    uri: text(2000),
    resolution: text(20),
    name: text(200),
  },
};
const WEBHOOK: Shape = {
  optional: {
    uris: (value) => (Array.isArray(value) && value.every(isUri) ? null : 'must be a list of URIs'),
    user_metadata: object,
  },
};
const isUri = (value: unknown): boolean => typeof value === 'string' && /^https?:\/\//.test(value);

/**
 * Pure. `POST /interactions` of a model that makes films; types of npm `@google/genai` 3.1.0.
 * @throws GeminiError
 */
export function readOmniJob(body: unknown): OmniJob {
  const fields = checkedFields(body, BODY, '');
  const model = readText(fields, 'model');
  const maxSeconds = MODELS[model];
  if (maxSeconds === undefined) throw noModel(model);
  const background = fields['background'] === true;
  const stream = fields['stream'] === true;
  if (background && stream) throw invalidArgument("'background' cannot be combined with 'stream'.");
  if (background && fields['store'] === false) {
    throw invalidArgument("'background' needs 'store' to be true.");
  }
  const parts = readParts(fields);
  return {
    model,
    prompt: readPrompt(parts),
    input: parts,
    format: readFormat(fields, maxSeconds),
    background,
    stream,
    webhook: readWebhook(fields),
  };
}

/** A text, parts, or one step of the user's that holds them. */
function readParts(fields: Fields): readonly Fields[] {
  const given: unknown = fields['input'];
  if (typeof given === 'string') return [{ type: 'text', text: given }];
  const items = readList(fields, 'input');
  const steps = items.filter((item) => isFields(item) && item['type'] === 'user_input');
  const parts = steps.length === 0 ? items : steps.flatMap((step) => contentOf(step));
  return parts.map((part, index) => {
    const isText = isFields(part) && part['type'] === 'text';
    const read = checkedFields(part, isText ? TEXT_PART : MEDIA_PART, `input[${index}].`);
    if (!isText && read['data'] === undefined && read['uri'] === undefined) {
      throw invalidArgument(`'input[${index}]' needs 'data' or 'uri'.`);
    }
    return read;
  });
}

const contentOf = (step: unknown): readonly unknown[] =>
  isFields(step) ? readList(step, 'content') : [];

/** Every picture that the text declares (`[# Sources <FIRST_FRAME>@Image1]`) must be there. */
function readPrompt(parts: readonly Fields[]): string {
  const prompt = parts.map((part) => readText(part, 'text')).join('');
  if (prompt === '') throw invalidArgument("'input' needs a text.");
  const pictures = parts.filter((part) => part['type'] === 'image').length;
  if (pictures > MAX_PICTURES) throw invalidArgument(`At most ${MAX_PICTURES} images are taken.`);
  const named = [...prompt.matchAll(/<[A-Z_0-9]+>@Image(\d+)/g)].map(([, number]) =>
    Number(number),
  );
  const missing = named.find((number) => number < 1 || number > pictures);
  if (missing === undefined) return prompt;
  throw invalidArgument(`The input names @Image${missing} but has ${pictures} images.`);
}

function readFormat(fields: Fields, maxSeconds: number): OmniJob['format'] {
  const given = fields['response_format'] ?? { type: 'video' };
  const one: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given;
  const format = checkedFields(one, FORMAT, 'response_format.');
  const seconds = Number.parseInt(readText(format, 'duration', '8s'), 10);
  if (seconds < MIN_SECONDS || seconds > maxSeconds) {
    throw invalidArgument(
      `The value for 'response_format.duration' must be from ${MIN_SECONDS}s to ${maxSeconds}s.`,
    );
  }
  return {
    aspectRatio: format['aspect_ratio'] === '9:16' ? '9:16' : '16:9',
    resolution: readText(format, 'resolution', '720p'),
    seconds,
    delivery: format['delivery'] === 'uri' ? 'uri' : 'inline',
  };
}

function readWebhook(fields: Fields): OmniJob['webhook'] {
  if (fields['webhook_config'] === undefined) return null;
  const webhook = checkedFields(fields['webhook_config'], WEBHOOK, 'webhook_config.');
  const uris = readList(webhook, 'uris').map(String);
  return uris.length === 0 ? null : { uris, metadata: readFields(webhook, 'user_metadata') };
}
