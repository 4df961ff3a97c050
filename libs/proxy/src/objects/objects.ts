import type { Transform } from 'node:stream';
import type { UpstreamAnswer } from '../answer-handler.js';
import type { ProxyCall } from '../proxy-call.js';
import type { RawHeaders } from '../raw-headers.js';
import type { ObjectPin, ReadPage } from './object-place.js';

export type { ObjectPin };

/** The head of an answer that may make an object, and who gave it. */
export interface MakingAnswer extends ObjectPin {
  readonly status: number;
  readonly headers: RawHeaders;
}

/** A whole answer, and who gave it. */
export interface OwnableAnswer extends ObjectPin, UpstreamAnswer {}

/**
 * Whose the objects are that live at upstreams (files, responses, batches, vector stores, …): the tenant's
 * that made them. All tenants share an upstream's keys, so nobody else says so.
 */
export abstract class Objects {
  /**
   * Judges every object that the call names in its path, its query and the body that was read.
   * @returns where the call must go; null: anywhere
   * @throws GatewayError NOT_FOUND for another tenant's object, exactly as for one that does not exist;
   *   INVALID_REQUEST where the objects live at two places
   */
  abstract claim(call: ProxyCall): Promise<ObjectPin | null>;
  /**
   * For a body that is not read but streamed: lets it pass, and fails with the GatewayError of `claim`
   * before its last byte left, so that the upstream never has it whole. Null: nothing to watch.
   */
  abstract watchUpload(call: ProxyCall, pin: ObjectPin | null): Transform | null;
  /**
   * Of an answer that is not an error of ours, before its head is sent on: forgets what it took away, writes
   * down what its head names (`location`), and makes of a list what the tenant owns of it. The same answer
   * where it is as the caller may see it.
   * @throws GatewayError where a list cannot be told
   */
  abstract ownAnswer(
    call: ProxyCall,
    answer: OwnableAnswer,
    read: ReadPage,
  ): Promise<UpstreamAnswer>;
  /**
   * For an answer that may make objects: lets its body pass, but no byte that names a new object before it is
   * written down whose that is. Null: nothing to write down.
   */
  abstract watchAnswer(call: ProxyCall, answer: MakingAnswer): Transform | null;
}

/** Everything is everybody's. */
export const NO_OBJECTS: Objects = {
  claim: async () => null,
  watchUpload: () => null,
  ownAnswer: async (_call, answer) => answer,
  watchAnswer: () => null,
};
