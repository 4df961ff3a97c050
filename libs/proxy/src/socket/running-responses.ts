import type { Transform } from 'node:stream';
import type { Grant } from '../governor.js';
import { NOTHING_OBSERVED, type ObservedUsage } from '../token-usage.js';

/** A response that was asked for, until it is over. */
export interface RunningResponse {
  readonly model: string | null;
  readonly maxTokens: number | null;
  /** Writes down whose it is; the body itself is not kept, because it may be large. */
  readonly watch: Transform | null;
  readonly grant: Grant;
  readonly streamId: string | null;
  /** Asked for with `response.steer`. */
  readonly isSteered: boolean;
  /** Null: the upstream has not begun it. */
  id: string | null;
  events: number;
  bytesOut: number;
}

/** What one that goes on with it takes over. */
export interface EarlierResponse {
  readonly model: string | null;
  readonly maxTokens: number | null;
  readonly streamId: string | null;
}

/**
 * The responses of one connection that are not over. The upstream begins those of one stream in the order in
 * which they were asked for, and names its events by the stream alone.
 */
export class RunningResponses {
  private readonly open: RunningResponse[] = [];
  /** Which stream a response was of, and what was asked: for those who steer it. */
  private readonly known = new Map<string, EarlierResponse>();

  get size(): number {
    return this.open.length;
  }

  add(response: RunningResponse): void {
    this.open.push(response);
  }

  begun(id: string, streamId: string | null): RunningResponse | null {
    const response = this.open.find((one) => one.id === null && one.streamId === streamId) ?? null;
    if (!response) return null;
    response.id = id;
    const { model, maxTokens } = response;
    this.known.set(id, { model, maxTokens, streamId });
    for (const [oldest] of this.known) {
      if (this.known.size <= MAX_KNOWN) break;
      this.known.delete(oldest);
    }
    return response;
  }

  earlier(id: string): EarlierResponse | null {
    return this.known.get(id) ?? null;
  }

  /** The one that events of this stream belong to: it runs, else it is the next to begin. */
  current(streamId: string | null): RunningResponse | null {
    const ofStream = this.open.filter((one) => one.streamId === streamId);
    return ofStream.find(({ id }) => id !== null) ?? ofStream[0] ?? null;
  }

  byId(id: string): RunningResponse | null {
    return this.open.find((one) => one.id === id) ?? null;
  }

  steered(streamId: string | null): RunningResponse | null {
    const waits = (one: RunningResponse): boolean => one.isSteered && one.id === null;
    return this.open.find((one) => waits(one) && one.streamId === streamId) ?? null;
  }

  over(response: RunningResponse): void {
    const at = this.open.indexOf(response);
    if (at !== -1) this.open.splice(at, 1);
  }

  /** All that are not over; they are then. */
  takeAll(): readonly RunningResponse[] {
    return this.open.splice(0);
  }
}

/** What was seen of one that tells no usage of its own: estimated by its events. */
export const seenOf = ({ events }: RunningResponse): ObservedUsage => ({
  ...NOTHING_OBSERVED,
  events,
});

/** Only the last few are steered. */
const MAX_KNOWN = 64;
