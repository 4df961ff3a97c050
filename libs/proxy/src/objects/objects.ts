import type { Transform } from 'node:stream';
import type { ProxyCall } from '../proxy-call.js';
import type { RawHeaders } from '../raw-headers.js';

/** Where an object lives: only the key that made it can see it. */
export interface ObjectPin {
  readonly upstream: string;
  /** Id of the upstream's key (`UpstreamKey.id`). */
  readonly account: string;
}

/** The head of an answer that may make an object, and who gave it. */
export interface MakingAnswer extends ObjectPin {
  readonly status: number;
  readonly headers: RawHeaders;
}

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
   * For an answer that may make objects or take one away; to be awaited before its head is sent on, which may
   * name one (`location`). Lets the body pass, but no byte that names a new object before it is written down
   * whose that is. Null: nothing to write down. Never rejects.
   */
  abstract watchAnswer(call: ProxyCall, answer: MakingAnswer): Promise<Transform | null>;
}

/** Everything is everybody's. */
export const NO_OBJECTS: Objects = {
  claim: async () => null,
  watchUpload: () => null,
  watchAnswer: async () => null,
};
