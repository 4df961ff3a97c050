import { at, listAt, numberAt, textAt } from '../json.js';
import { openaiWireError } from '../openai-wire-error.js';
import type { ProviderContext } from '../provider.js';
import { unreadable } from '../refusal.js';
import { callCompatible } from './compatible-call.js';

/** A line of the upstream's list of jobs; what it does not tell is undefined. */
export interface ListedVideo {
  readonly id: string;
  /** Unix milliseconds by the upstream's clock, which counts seconds. */
  readonly createdAt: number;
  readonly prompt: string | undefined;
  readonly seconds: string | undefined;
  readonly size: string | undefined;
}

export interface VideoList {
  readonly videos: readonly ListedVideo[];
  /** Whether everything since the time asked for is in it. */
  readonly isWhole: boolean;
}

const PAGE_SIZE = 100;
const MAX_PAGES = 10;

/**
 * Jobs made since a time, newest first; null where the upstream has no such list. @throws ProviderError
 */
export async function listVideos(
  context: ProviderContext,
  sinceMs: number,
): Promise<VideoList | null> {
  const videos: ListedVideo[] = [];
  let after: string | undefined;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    // One page after the other: where the next begins is known by this one.
    const read = await readPage(context, after);
    if (!read) return null;
    videos.push(...read.videos);
    after = read.next;
    if (after === undefined || isPast(videos, sinceMs)) return since(videos, sinceMs, true);
  }
  return since(videos, sinceMs, false);
}

function since(videos: readonly ListedVideo[], sinceMs: number, isWhole: boolean): VideoList {
  return { videos: videos.filter(({ createdAt }) => createdAt >= sinceMs), isWhole };
}

interface Page {
  readonly videos: readonly ListedVideo[];
  readonly next: string | undefined;
}

async function readPage(context: ProviderContext, after: string | undefined): Promise<Page | null> {
  const query = new URLSearchParams({ order: 'desc', limit: String(PAGE_SIZE) });
  if (after !== undefined) query.set('after', after);
  const answer = await callCompatible(context, {
    method: 'GET',
    path: `/videos?${query.toString()}`,
  });
  if (NO_LIST.has(answer.status)) return null;
  if (answer.status !== 200) throw openaiWireError(answer);
  if (!Array.isArray(at(answer.body, 'data'))) throw unreadable(answer, 'a list of jobs');
  const lines = listAt(answer.body, 'data');
  const videos = lines.map(readLine).filter((video) => video !== undefined);
  if (videos.length < lines.length) throw unreadable(answer, 'id and time of every job');
  const hasMore = at(answer.body, 'has_more') === true;
  return { videos, next: hasMore ? videos.at(-1)?.id : undefined };
}

const NO_LIST: ReadonlySet<number> = new Set([400, 404, 405, 501]);

function readLine(line: unknown): ListedVideo | undefined {
  const [id, created] = [textAt(line, 'id'), numberAt(line, 'created_at')];
  if (id === undefined || created === undefined) return undefined;
  const seconds = numberAt(line, 'seconds')?.toString() ?? textAt(line, 'seconds');
  return {
    id,
    createdAt: created * 1000,
    prompt: textAt(line, 'prompt'),
    seconds,
    size: textAt(line, 'size'),
  };
}

/** Whether the list has come to older jobs, and was newest first all the way. */
function isPast(videos: readonly ListedVideo[], sinceMs: number): boolean {
  const last = videos.at(-1);
  if (!last || last.createdAt >= sinceMs) return false;
  return videos.every((video, index) => video.createdAt >= (videos[index + 1]?.createdAt ?? 0));
}
