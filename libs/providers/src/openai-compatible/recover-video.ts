import { objectAt, textAt } from '../json.js';
import type { JsonObject, LostSubmit, ProviderContext, Recovered } from '../provider.js';
import { handleOf } from './compatible-video.js';
import { type ListedVideo, listVideos } from './video-list.js';

/**
 * Looks for the job of a lost submit in the upstream's list: made in its time, of its prompt, length and
 * size, and no other attempt's. A job of several that fit is none, nor is one that a submit of the same
 * words may be about to be answered with (the parts of one task): who has which cannot be told. Absent
 * only when the list is whole, the time in which it could appear is over, and every job in it is certainly another.
 */
export async function recoverVideo(lost: LostSubmit, context: ProviderContext): Promise<Recovered> {
  const video = objectAt(lost.request, 'video');
  if (textAt(video, 'prompt') === undefined) return { found: 'unclear' };
  const list = await listVideos(context, lost.startedAt - CLOCK_SKEW_MS);
  if (!list) return { found: 'unclear' };
  const inWindow = list.videos.filter(({ createdAt }) => createdAt <= windowEnd(lost));
  const possible = inWindow.filter((listed) => mayBe(listed, video));
  const rivals = await lost.rivals();
  const owned = new Set(await lost.owned(possible.map(({ id }) => id)));
  const [first, second] = possible.filter(({ id }) => !owned.has(id));
  if (!first) {
    const isOver = Date.now() >= windowEnd(lost) + SETTLING_MS;
    return { found: isOver && list.isWhole ? 'absent' : 'unclear' };
  }
  if (second || !list.isWhole || first.prompt === undefined) return { found: 'unclear' };
  if (rivals.some(({ request }) => mayBe(first, objectAt(request, 'video')))) {
    return { found: 'unclear' };
  }
  return { found: 'job', handle: handleOf(first.id, video), vendorId: first.id };
}

/** How far the upstream's clock may be from ours; it counts whole seconds. */
const CLOCK_SKEW_MS = 60_000;
/** How long after a submit was sent the upstream may still take it: the call's own time-out. */
const MAX_SUBMIT_MS = 60_000;
/** How long a new job may be missing from the list: no page says. */
const SETTLING_MS = 30_000;

const windowEnd = (lost: LostSubmit): number => lost.startedAt + MAX_SUBMIT_MS + CLOCK_SKEW_MS;

/** What a line does not tell cannot speak against it. */
function mayBe(listed: ListedVideo, video: JsonObject): boolean {
  const pairs = [
    [listed.prompt, textAt(video, 'prompt')],
    [listed.seconds, textAt(video, 'seconds')],
    [listed.size, textAt(video, 'size')],
  ] as const;
  return pairs.every(([told, sent]) => told === undefined || sent === undefined || told === sent);
}
