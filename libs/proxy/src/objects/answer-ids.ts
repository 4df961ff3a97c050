import { SseDataScanner, type EventSink } from '../sse-data-scanner.js';
import { type JsonVisitor, JsonWalk } from './json-walk.js';
import type { MadePaths } from './made-by.js';

/** An object that an answer names. */
export interface MadeId {
  readonly id: string;
  readonly kind: string;
}

/** Finds the ids of new objects in an answer that passes by in any pieces: JSON, or events that hold it. */
export class AnswerIds implements JsonVisitor, EventSink {
  private readonly walk = new JsonWalk(this);
  private readonly events: SseDataScanner | null;
  private readonly root: Node;
  private readonly open: (Node | undefined)[] = [];
  private readonly seen = new Set<string>();
  private found: MadeId[] = [];

  constructor(paths: MadePaths, format: 'json' | 'events') {
    this.root = treeOf(paths);
    this.events = format === 'events' ? new SseDataScanner(this) : null;
  }

  write(bytes: Uint8Array): void {
    if (this.events) this.events.write(bytes);
    else this.walk.write(bytes);
  }

  /** Those since the last call; each id once in an answer. */
  take(): readonly MadeId[] {
    const { found } = this;
    this.found = [];
    return found;
  }

  /** The bytes end inside of what may be an id. */
  get isInId(): boolean {
    return this.walk.isInWanted;
  }

  data(bytes: Uint8Array): void {
    this.walk.write(bytes);
  }

  eventEnd(): void {
    this.walk.reset();
  }

  enter(key: string | null): void {
    const parent = this.open.length === 0 ? this.root : this.open.at(-1);
    this.open.push(key === null ? parent : parent?.children.get(key));
  }

  leave(): void {
    this.open.pop();
  }

  wants(key: string, isInArray: boolean): boolean {
    return this.kindAt(key, isInArray) !== undefined;
  }

  string(key: string, id: string, isInArray: boolean): void {
    const kind = this.kindAt(key, isInArray);
    if (kind === undefined || id === '' || this.seen.has(id)) return;
    if (this.seen.size < MAX_SEEN) this.seen.add(id);
    this.found.push({ id, kind });
  }

  private kindAt(key: string, isInArray: boolean): string | undefined {
    const node = this.open.at(-1);
    return isInArray ? node?.kind : node?.children.get(key)?.kind;
  }
}

interface Node {
  kind: string | undefined;
  readonly children: Map<string, Node>;
}

function treeOf(paths: MadePaths): Node {
  const root: Node = { kind: undefined, children: new Map() };
  for (const [path, kind] of Object.entries(paths)) {
    let node = root;
    for (const key of path.split('.')) {
      const child: Node = node.children.get(key) ?? { kind: undefined, children: new Map() };
      node.children.set(key, child);
      node = child;
    }
    node.kind = kind;
  }
  return root;
}

/** Ids of one answer that are told apart; more of them are written down again, which changes nothing. */
const MAX_SEEN = 10_000;
