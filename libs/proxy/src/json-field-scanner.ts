import { CappedText } from './capped-text.js';
import { JsonValueEnd } from './json-value-end.js';

/** Longest raw value that is kept, bytes; a longer one counts as absent. */
export const MAX_FIELD_BYTES = 8192;
/** Longest key that can match, bytes as written. */
const MAX_KEY_BYTES = 128;

/**
 * Reads a few values out of a JSON text that only passes by: give it the bytes in any pieces and ask
 * for the raw JSON text of the values at the given paths (`usage`, `response.usage`; a path leads
 * through objects only, and none may begin another). Of a value that stands twice the last one counts,
 * as in `JSON.parse`.
 *
 * Linear in the bytes; holds one key or one wanted value at a time and what it found, never the text.
 * It is an observer, so it never throws: what is not JSON makes it stop looking.
 */
export class JsonFieldScanner {
  private readonly root: PathNode;
  private readonly found = new Map<string, string>();
  /** The objects on a wanted path that we are inside of, outermost first. */
  private objects: PathNode[] = [];
  private state: State = 'before-root';
  /** Where the key just read leads; undefined: to nothing that is wanted. */
  private target: PathNode | undefined;
  private readonly end = new JsonValueEnd();
  private readonly key = new CappedText(MAX_KEY_BYTES);
  private readonly value = new CappedText(MAX_FIELD_BYTES);

  constructor(paths: readonly string[]) {
    this.root = pathTree(paths);
  }

  /** Ready for another text; what was found is forgotten. */
  reset(): void {
    this.found.clear();
    this.objects = [];
    this.state = 'before-root';
  }

  /** Raw JSON text by path, of the values that have been complete so far. */
  get fields(): ReadonlyMap<string, string> {
    return this.found;
  }

  write(bytes: Uint8Array): void {
    let index = 0;
    while (index < bytes.length && this.state !== 'stopped') {
      if (this.state === 'key') index = this.readKey(bytes, index);
      else if (this.state === 'value') index = this.readValue(bytes, index);
      else index = this.readPunctuation(this.state, bytes, index);
    }
  }

  private readPunctuation(state: BetweenTokens, bytes: Uint8Array, index: number): number {
    const byte = bytes[index] ?? 0;
    if (WHITE_SPACE.has(byte)) return index + 1;
    this.state = this.after(state, byte);
    // The first byte of a key or value belongs to it.
    return this.state === 'key' || this.state === 'value' ? index : index + 1;
  }

  private after(state: BetweenTokens, byte: number): State {
    switch (state) {
      case 'before-root':
        if (BYTE_ORDER_MARK.has(byte)) return state;
        return byte === BRACE_OPEN ? this.enter(this.root) : 'stopped';
      case 'before-key':
        return byte === QUOTE ? this.beginKey() : this.leave(byte);
      case 'before-colon':
        return byte === COLON ? 'before-value' : 'stopped';
      case 'before-value':
        return this.beginValue(byte);
      case 'after-value':
        return byte === COMMA ? 'before-key' : this.leave(byte);
    }
  }

  private enter(node: PathNode): State {
    this.objects.push(node);
    return 'before-key';
  }

  private leave(byte: number): State {
    if (byte !== BRACE_CLOSE) return 'stopped';
    this.objects.pop();
    return this.objects.length === 0 ? 'stopped' : 'after-value';
  }

  private beginKey(): State {
    this.end.begin();
    this.key.clear();
    return 'key';
  }

  private beginValue(byte: number): State {
    if (this.target?.kind === 'inner' && byte === BRACE_OPEN) return this.enter(this.target);
    this.end.begin();
    this.value.clear();
    return 'value';
  }

  private readKey(bytes: Uint8Array, start: number): number {
    const end = this.end.find(bytes, start);
    this.key.add(bytes.subarray(start, end));
    if (!this.end.reached) return end;
    const object = this.objects.at(-1);
    this.target = object?.kind === 'inner' ? object.children.get(keyOf(this.key)) : undefined;
    this.state = 'before-colon';
    return end;
  }

  private readValue(bytes: Uint8Array, start: number): number {
    const end = this.end.find(bytes, start);
    if (this.target?.kind === 'leaf') this.value.add(bytes.subarray(start, end));
    if (!this.end.reached) return end;
    this.state = 'after-value';
    if (this.target?.kind === 'leaf') this.keep(this.target.path);
    return end;
  }

  private keep(path: string): void {
    const text = this.value.text();
    if (text === null || text === '') this.found.delete(path);
    else this.found.set(path, text);
  }
}

type BetweenTokens = 'before-root' | 'before-key' | 'before-colon' | 'before-value' | 'after-value';
type State = BetweenTokens | 'key' | 'value' | 'stopped';

/** The wanted paths as a tree, so that each key is one look-up. */
type PathNode = InnerNode | { readonly kind: 'leaf'; readonly path: string };
interface InnerNode {
  readonly kind: 'inner';
  readonly children: Map<string, PathNode>;
}

function pathTree(paths: readonly string[]): PathNode {
  const root: InnerNode = { kind: 'inner', children: new Map() };
  for (const path of paths) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    innerNode(root, keys).children.set(last, { kind: 'leaf', path });
  }
  return root;
}

/** The node that the keys lead to, made where it is missing. */
function innerNode(root: InnerNode, keys: readonly string[]): InnerNode {
  let node = root;
  for (const key of keys) {
    const known = node.children.get(key);
    const child: InnerNode =
      known?.kind === 'inner' ? known : { kind: 'inner', children: new Map() };
    node.children.set(key, child);
    node = child;
  }
  return node;
}

/** The key without quotes and escapes; one that is no JSON string, or too long, matches nothing. */
function keyOf(key: CappedText): string {
  const text = key.text();
  if (text === null) return NO_KEY;
  if (!text.includes('\\')) return text.slice(1, -1);
  try {
    return String(JSON.parse(text));
  } catch {
    // An observer does not complain; the reader of the text will.
    return NO_KEY;
  }
}

/** No path has an empty key. */
const NO_KEY = '';
const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const WHITE_SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** RFC 8259 §8.1 lets a reader ignore a byte order mark. */
const BYTE_ORDER_MARK: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf]);
