import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { isFields, readText } from '../fields.js';
import type { Order } from '../directions/order.js';
import type { Recipe } from '../media/render.js';
import { sendMedia } from '../media/send-media.js';
import { isSigned, signLink } from '../media/signed-link.js';
import { RecentMap } from '../recent-map.js';
import type { SandboxState } from '../state.js';

/** A result that can be downloaded. */
export interface Result {
  readonly recipe: Recipe;
  readonly order: Order;
  /** When its links die, Unix milliseconds. */
  readonly expiresAt: number;
}

const MAX_RESULTS = 100_000;
const EXTENSION = { picture: 'png', movie: 'mp4' } as const;

/** Result objects and their signed links, as the vendor's object store (OSS) makes them. */
export class ResultLinks {
  private readonly results = new RecentMap<Result>(MAX_RESULTS);

  constructor(private readonly state: SandboxState) {}

  add(result: Result): string {
    const name = `${randomUUID()}.${EXTENSION[result.recipe.kind]}`;
    this.results.set(name, result);
    return name;
  }

  /** Links on the host that the request came to; dead already when `expired-url` is directed. */
  links(request: FastifyRequest, order: Order, names: readonly string[]): readonly string[] {
    const isDead = order.shows('expired-url');
    return names.map((name) => {
      const expiresAt = isDead ? this.state.now() - 1000 : (this.results.get(name)?.expiresAt ?? 0);
      const expires = String(Math.floor(expiresAt / 1000));
      const signature = signLink(this.state.linkSecret, name, expires);
      return `http://${request.host}/dashscope/oss/${name}?Expires=${expires}&OSSAccessKeyId=sandbox&Signature=${signature}`;
    });
  }

  /** Downloads: without credentials, with a good signature, before the link dies. */
  routes(): FastifyPluginAsync {
    return async (app) => {
      app.get('/oss/:name', async (request, reply) => {
        const query = isFields(request.query) ? request.query : {};
        const name = isFields(request.params) ? readText(request.params, 'name') : '';
        const link = {
          path: name,
          expires: readText(query, 'Expires'),
          signature: readText(query, 'Signature'),
        };
        const result = this.results.get(name);
        const refusal = refusalOf(this.state, link, request.headers.authorization !== undefined);
        if (refusal)
          return await reply.code(refusal.status).type('application/xml').send(xml(refusal));
        if (!result) return await reply.code(404).type('application/xml').send(xml(NO_SUCH_KEY));
        return await sendMedia(reply, result.recipe, result.order);
      });
    };
  }
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const NO_SUCH_KEY: Refusal = {
  status: 404,
  code: 'NoSuchKey',
  message: 'The specified key does not exist.',
};

function refusalOf(
  state: SandboxState,
  link: { readonly path: string; readonly expires: string; readonly signature: string },
  hasAuthorization: boolean,
): Refusal | null {
  if (hasAuthorization) {
    return { status: 400, code: 'InvalidArgument', message: 'Only one auth mechanism is allowed.' };
  }
  if (!isSigned(state.linkSecret, link)) {
    return {
      status: 403,
      code: 'SignatureDoesNotMatch',
      message: 'The request signature does not match.',
    };
  }
  if (Number(link.expires) * 1000 <= state.now()) {
    return { status: 403, code: 'AccessDenied', message: 'Request has expired.' };
  }
  return null;
}

const xml = ({ code, message }: Refusal): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>\n`;
