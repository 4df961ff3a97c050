import { GatewayError } from '@app/errors';
import { Catalog } from '@app/providers';
import { type TaskDetail, TaskStore } from '@app/tasks';
import { Injectable } from '@nestjs/common';
import { limitOf, one, type TaskQuery } from '../tasks/task-query.js';
import { wordOf } from './common-fields.js';

export interface VideoPage {
  readonly details: readonly TaskDetail[];
  readonly hasMore: boolean;
}

/** A tenant's films, page by page as OpenAI's lists are. */
@Injectable()
export class VideoList {
  private readonly models: readonly string[];

  constructor(
    private readonly store: TaskStore,
    catalog: Catalog,
  ) {
    this.models = catalog.list().flatMap(({ id, kind }) => (kind === 'video' ? [id] : []));
  }

  /** @throws GatewayError INVALID_REQUEST naming the parameter */
  async page(tenantId: string, query: TaskQuery): Promise<VideoPage> {
    const limit = limitOf(query, 20);
    const after = afterOf(one(query, 'after'));
    const order = wordOf(one(query, 'order'), { name: 'order', words: ['asc', 'desc'] });
    const size = limit + 1;
    const paging = order === 'asc' ? { newerThan: after, size } : { olderThan: after, size };
    const found = await this.store.list(tenantId, { models: this.models }, paging);
    return { details: found.slice(0, limit), hasMore: found.length > limit };
  }
}

function afterOf(after: string | undefined): string | null {
  if (after === undefined || after === '') return null;
  if (/^tk-[0-9A-HJKMNP-TV-Z]{26}$/.test(after)) return after;
  throw new GatewayError('INVALID_REQUEST', 'after takes the last_id of the page before.', {
    param: 'after',
  });
}
