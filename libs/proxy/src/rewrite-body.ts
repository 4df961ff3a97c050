import { type ObjectEntry, objectEntries } from './object-entries.js';
import type { ProxyCall } from './proxy-call.js';
import { topLevelFields } from './top-level-fields.js';

/** What is written anew in a body; the two changes that the pass-through declares. */
export interface BodyRewrite {
  /** Null: as it is. */
  readonly model: string | null;
  /** `stream_options.include_usage: true` where it is absent. */
  readonly includeUsage: boolean;
}

/**
 * Replaces the value of the field `model`, and asks a stream for its usage. Every other byte stays as it
 * is, white space and the order of fields too. A body without a `model` gets none, `include_usage: false`
 * stays what it is, and so does what is no JSON object.
 */
export function rewriteBody(bytes: Buffer, { model, includeUsage }: BodyRewrite): Buffer {
  const entries = objectEntries(bytes) ?? [];
  const edits = [
    ...(model === null ? [] : entries.filter(isNamed('model')).map(putting(JSON.stringify(model)))),
    ...(includeUsage ? askForUsage(bytes, entries) : []),
  ];
  return edits.length === 0 ? bytes : edited(bytes, edits);
}

/**
 * Whether nobody but the gateway would ask this stream for its usage: a chat or a completion that streams
 * and leaves `stream_options.include_usage` out, or null. A body that two readers could read as two things
 * is left alone.
 */
export function wantsInjectedUsage({ method, path, body }: ProxyCall): boolean {
  if (method !== 'POST' || !TELLS_ON_DEMAND.has(path) || !body?.stream) return false;
  const fields = topLevelFields(body.bytes, CONCERNED);
  if (!fields || fields.doubled !== null || fields.misspelled !== null) return false;
  return askForUsage(body.bytes, objectEntries(body.bytes) ?? []).length > 0;
}

/** Other streams tell their usage unasked (https://platform.openai.com/docs/api-reference). */
const TELLS_ON_DEMAND: ReadonlySet<string> = new Set(['/v1/chat/completions', '/v1/completions']);
const CONCERNED: ReadonlySet<string> = new Set(['model', 'stream', 'stream_options']);

/** Text in the place of the bytes from `start` to `end`. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type Entries = readonly ObjectEntry[];

/** None where the caller said something of it, or where there is no object to say it in. */
function askForUsage(bytes: Buffer, entries: Entries): readonly Edit[] {
  const last = entries.at(-1);
  if (!last) return [];
  const options = entries.findLast(isNamed('stream_options'));
  if (!options) return [behind(last, `"stream_options":${ASKED}`)];
  const value = bytes.subarray(options.start, options.end);
  if (isNull(value)) return [putting(ASKED)(options)];
  const inner = objectEntries(value);
  return inner?.length === 0 ? [putting(ASKED)(options)] : askIn(value, inner ?? [], options.start);
}

/** Into an object that has other options. */
function askIn(value: Buffer, inner: Entries, offset: number): readonly Edit[] {
  const last = inner.at(-1);
  const asked = inner.findLast(isNamed('include_usage'));
  if (!last || (asked && !isNull(value.subarray(asked.start, asked.end)))) return [];
  const edit = asked ? putting('true')(asked) : behind(last, '"include_usage":true');
  return [{ ...edit, start: edit.start + offset, end: edit.end + offset }];
}

const ASKED = '{"include_usage":true}';

const isNamed =
  (name: string) =>
  ({ key }: ObjectEntry): boolean =>
    key === name;

const isNull = (value: Buffer): boolean => value.toString('latin1') === 'null';

const putting =
  (text: string) =>
  ({ start, end }: ObjectEntry): Edit => ({ start, end, text });

const behind = ({ end }: ObjectEntry, entry: string): Edit => ({
  start: end,
  end,
  text: `,${entry}`,
});

function edited(bytes: Buffer, edits: readonly Edit[]): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start)) {
    pieces.push(bytes.subarray(from, start), Buffer.from(text));
    from = end;
  }
  return Buffer.concat([...pieces, bytes.subarray(from)]);
}
