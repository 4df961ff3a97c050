import { GatewayError } from '@app/errors';
import { type JsonVisitor, JsonWalk } from './json-walk.js';
import { looksLikeId, type Reference } from './reference.js';
import type { ReferenceScanner } from './upload-watch.js';

/** Finds the ids in a JSON request, in whatever pieces it comes. */
export class BodyReferences implements JsonVisitor, ReferenceScanner {
  private readonly walk = new JsonWalk(this);
  private readonly contexts: Context[] = [];
  private found: Reference[] = [];

  /** @throws GatewayError INVALID_REQUEST for a text that others could read and this does not */
  write(bytes: Uint8Array): void {
    // UTF-16 and UTF-32 have such bytes in every id; JSON in UTF-8 has none.
    if (bytes.includes(0)) throw unreadable('It is not in UTF-8.');
    this.walk.write(bytes);
    if (this.walk.tooDeep) throw unreadable('It is nested deeper than 512 levels.');
  }

  end(): void {
    // The walk shows every string when it is over.
  }

  /** Those since the last call, in their order. */
  take(): readonly Reference[] {
    const { found } = this;
    this.found = [];
    return found;
  }

  enter(key: string | null, isArray: boolean): void {
    const parent = this.contexts.at(-1);
    const isMine = parent?.isMine === true || (key !== null && OF_THE_CALLER.has(key));
    this.contexts.push({ key: key ?? parent?.key ?? null, isMine, isArray, id: null, type: null });
  }

  leave(): void {
    const context = this.contexts.pop();
    if (!context || context.isArray) return;
    const { key, id, type, isMine } = context;
    if (type !== null && !isMine && HOLD_A_SOURCE.has(key ?? '') && SOURCES_OF_ALL.has(type)) {
      this.found.push({ id: type, how: 'of-all', param: `${key ?? ''}.type` });
    }
    if (id === null) return;
    const isCertain = type === null ? HOLD_AN_ID.has(key ?? '') : TYPES_WITH_ID.has(type);
    const isItem = type === null && key !== null && LISTS_OF_ITEMS.has(key);
    this.add(id, isCertain || isItem ? 'certain' : 'possible', {
      param: key === null ? 'id' : `${key}.id`,
      isMine,
    });
  }

  wants(key: string): boolean {
    return key === 'id' || key === 'type' || CERTAIN.has(key) || isPossible(key);
  }

  string(key: string, text: string): void {
    const context = this.contexts.at(-1);
    if (text === '' || !context) return;
    if (key === 'type') context.type = text;
    else if (key === 'id') this.id(context, text);
    else {
      const { isMine } = context;
      this.add(text, CERTAIN.has(key) ? 'certain' : 'possible', { param: key, isMine });
    }
  }

  /** Two readers could take two of them; what kind of thing it is an id of may stand behind it. */
  private id(context: Context, text: string): void {
    const { id, key, isMine } = context;
    if (id !== null) this.add(id, 'possible', { param: `${key ?? ''}.id`, isMine });
    context.id = text;
  }

  /** `auto` and `none` are choices; calls of tools live in their conversation alone. */
  private add(
    id: string,
    how: 'certain' | 'possible',
    { param, isMine }: { readonly param: string; readonly isMine: boolean },
  ): void {
    if (id === 'auto' || id === 'none' || (how === 'possible' && id.startsWith('call_'))) return;
    if (isMine && !looksLikeId(id)) return;
    this.found.push({ id, how: isMine ? 'mentioned' : how, param });
  }
}

const unreadable = (why: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `The body cannot be looked through for objects. ${why}`);

interface Context {
  /** What the object stands under, also through arrays. */
  readonly key: string | null;
  /** Inside of what the caller makes up. */
  readonly isMine: boolean;
  readonly isArray: boolean;
  id: string | null;
  type: string | null;
}

/** Fields that take an upstream object's id and nothing else (openai 7.57.0, `src/resources`). */
const CERTAIN: ReadonlySet<string> = new Set([
  'assistant_id',
  'batch_id',
  'container',
  'container_id',
  'conversation',
  'conversation_id',
  'error_file_id',
  'eval_id',
  'file_id',
  'file_ids',
  'input_file_id',
  'output_file_id',
  'previous_response_id',
  'response_id',
  'thread_id',
  'training_file',
  'upload_id',
  'validation_file',
  'vault_id',
  'vector_store_id',
  'vector_store_ids',
  'video_id',
]);

/** Their `id` is an object's: `{"conversation": {"id": …}}`. */
const HOLD_AN_ID: ReadonlySet<string> = new Set([
  'conversation',
  'video',
  'character',
  'characters',
]);
/** What `id` is, by the `type` beside it. */
const TYPES_WITH_ID: ReadonlySet<string> = new Set(['item_reference', 'file_id']);
/** Where an evaluation takes its samples from: all that the upstream has stored, whoever made it. */
const HOLD_A_SOURCE: ReadonlySet<string> = new Set(['source', 'data_source', 'data_source_config']);
const SOURCES_OF_ALL: ReadonlySet<string> = new Set(['logs', 'responses', 'stored_completions']);
/** `{"id": …}` without a type there is a reference to an item. */
const LISTS_OF_ITEMS: ReadonlySet<string> = new Set(['input', 'items']);

/** Other fields that look as if, but for those that are in every conversation with tools. */
const isPossible = (key: string): boolean =>
  /_ids?$/.test(key) && key !== 'tool_call_id' && key !== 'call_id' && key !== 'client_id';

/** The upstream keeps what is in there and shows it again; it reads no ids there. */
const OF_THE_CALLER: ReadonlySet<string> = new Set([
  'arguments',
  'attributes',
  'filters',
  'item',
  'json_schema',
  'metadata',
  'parameters',
  'properties',
  'sample',
  'schema',
]);
