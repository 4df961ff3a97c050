import { GatewayError } from '@app/errors';
import { type ListItem, readListPage } from './list-page.js';
import { type ListQuery, pageQuery } from './list-query.js';
import type { Holding } from './object-store.js';
import type { OwnOf, ReadPage } from './object-place.js';

export interface ListLaneParts {
  readonly read: ReadPage;
  readonly ownOf: OwnOf;
  readonly query: ListQuery;
  /** The entry behind which it begins; null: at the beginning. */
  readonly after: string | null;
  /** Pages that may still be read, by all lanes together. */
  readonly budget: { pages: number };
}

/** The tenant's own entries of a collection at one place, read page by page. */
export class ListLane {
  /** There may be more, and no more pages are read. */
  isCutShort = false;
  private items: ListItem[] = [];
  private after: string | null;
  private isOver = false;
  /** Of the tenant's own; not known where it does not begin at the beginning. */
  private left: number;

  constructor(
    private readonly place: Holding,
    private readonly parts: ListLaneParts,
  ) {
    this.after = parts.after;
    this.left = parts.after === null ? place.objects : Infinity;
  }

  /** The next entry, which stays. */
  get first(): ListItem | undefined {
    return this.items[0];
  }

  shift(): ListItem | undefined {
    return this.items.shift();
  }

  /** Has an entry ready, unless there are no more. @throws GatewayError */
  async fill(): Promise<void> {
    while (this.items.length === 0 && !this.isOver && this.left > 0) {
      if (this.parts.budget.pages === 0) {
        this.isCutShort = true;
        return;
      }
      this.parts.budget.pages -= 1;
      await this.read();
    }
  }

  private async read(): Promise<void> {
    const { query, read, ownOf } = this.parts;
    const body = await read(this.place, pageQuery(query, this.after));
    const page = body && readListPage(body);
    if (body && !page) throw new GatewayError('UPSTREAM_ERROR', NO_LIST);
    const own = await ownOf(page?.items.map(({ id }) => id) ?? [], this.place);
    this.items = page?.items.filter(({ id }) => own.has(id)) ?? [];
    this.left -= this.items.length;
    const lastId = page?.items.at(-1)?.id ?? null;
    this.isOver = !page?.hasMore || lastId === null || lastId === this.after;
    this.after = lastId;
  }
}

const NO_LIST = 'The upstream answered with something else than a page of the list.';
