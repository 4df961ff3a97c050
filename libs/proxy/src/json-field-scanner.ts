import { CappedText } from './capped-text.js';
import { JsonValueEnd } from './json-value-end.js';
import { BACKSLASH, BRACE_CLOSE, BRACE_OPEN, COLON, COMMA, QUOTE } from './json-bytes.js';

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
    if (isWhiteSpace(byte)) return index + 1;
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
    const isWhole = this.end.reached && this.key.isEmpty;
    if (!isWhole) this.key.add(bytes.subarray(start, end));
    if (!this.end.reached) return end;
    const object = this.objects.at(-1);
    const key = isWhole ? bytes.subarray(start, end) : this.key.bytes();
    this.target = object?.kind === 'inner' && key ? childAt(object, key) : undefined;
    this.state = 'before-colon';
    return end;
  }

  private readValue(bytes: Uint8Array, start: number): number {
    const end = this.end.find(bytes, start);
    const { target } = this;
    if (target?.kind === 'leaf') this.value.add(bytes.subarray(start, end));
    if (!this.end.reached) return end;
    this.state = 'after-value';
    if (target?.kind === 'leaf') this.keep(target.path);
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

/** The wanted paths as a tree. */
type PathNode = InnerNode | { readonly kind: 'leaf'; readonly path: string };
interface InnerNode {
  readonly kind: 'inner';
  readonly children: Child[];
}
interface Child {
  readonly key: string;
  /** The key as it is written without escapes, in its quotes. */
  readonly written: Buffer;
  readonly node: PathNode;
}

function pathTree(paths: readonly string[]): PathNode {
  const root: InnerNode = { kind: 'inner', children: [] };
  for (const path of paths) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    addChild(innerNode(root, keys), last, { kind: 'leaf', path });
  }
  return root;
}

/** The node that the keys lead to, made where it is missing. */
function innerNode(root: InnerNode, keys: readonly string[]): InnerNode {
  let node = root;
  for (const key of keys) {
    const known = node.children.find((child) => child.key === key)?.node;
    const child: InnerNode = known?.kind === 'inner' ? known : { kind: 'inner', children: [] };
    if (child !== known) addChild(node, key, child);
    node = child;
  }
  return node;
}

const addChild = ({ children }: InnerNode, key: string, node: PathNode): number =>
  children.push({ key, written: Buffer.from(`"${key}"`), node });

/** Most keys are compared as they stand there: making text of each costs more than all the rest. */
function childAt({ children }: InnerNode, written: Uint8Array): PathNode | undefined {
  const { length } = written;
  const child = children.find(
    (known) => known.written.length === length && known.written.equals(written),
  );
  if (child || !written.includes(BACKSLASH)) return child?.node;
  const key = keyOf(written);
  return children.find((known) => known.key === key)?.node;
}

/** The key without quotes and escapes; one that is no JSON string matches nothing. */
function keyOf(written: Uint8Array): string {
  try {
    return String(JSON.parse(Buffer.from(written).toString('utf8')));
  } catch {
    // An observer does not complain; the reader of the text will.
    return NO_KEY;
  }
}

/** No path has an empty key. */
const NO_KEY = '';
const isWhiteSpace = (byte: number): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
/** RFC 8259 §8.1 lets a reader ignore a byte order mark. */
const BYTE_ORDER_MARK: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf]);
