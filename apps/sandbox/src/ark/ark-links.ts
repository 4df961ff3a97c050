import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Order } from '../directions/order.js';
import { isFields, readText } from '../fields.js';
import type { Recipe } from '../media/render.js';
import { sendMedia } from '../media/send-media.js';
import { isSigned, signLink } from '../media/signed-link.js';
import { RecentMap } from '../recent-map.js';
import type { SandboxState } from '../state.js';

interface Result {
  readonly recipe: Recipe;
  readonly order: Order;
  /** When its links die, Unix milliseconds. */
  readonly expiresAt: number;
  /** How often it may be fetched; absent: as often as it is asked for. */
  readonly downloads?: number;
}

/** Links live a day. */
export const LINK_LIFE_MS = 24 * 3_600_000;
const MAX_RESULTS = 100_000;

/** Result objects and their signed links, as the vendor's object store (TOS) makes them. */
export class ArkLinks {
  private readonly results = new RecentMap<Result>(MAX_RESULTS);
  private readonly fetched = new RecentMap<number>(MAX_RESULTS);

  constructor(private readonly state: SandboxState) {}

  add(result: Result): string {
    const { recipe } = result;
    const name = `${randomUUID()}.${recipe.kind === 'movie' ? 'mp4' : recipe.format}`;
    this.results.set(name, result);
    return name;
  }

  /** On the host that the request came to; dead already when `expired-url` is directed. */
  link(host: string, name: string): string {
    const result = this.results.get(name);
    const isDead = result?.order.shows('expired-url') ?? false;
    const expiresAt = isDead ? this.state.now() - 1000 : (result?.expiresAt ?? 0);
    const date = tosDate(expiresAt - LINK_LIFE_MS);
    const query = new URLSearchParams({
      'X-Tos-Algorithm': 'TOS4-HMAC-SHA256',
      'X-Tos-Date': date,
      'X-Tos-Expires': String(LINK_LIFE_MS / 1000),
      'X-Tos-Signature': signLink(this.state.linkSecret, name, date),
    });
    return `http://${host}/ark/tos/${name}?${query.toString()}`;
  }

  /** Downloads: without credentials, with a good signature, before the link dies. */
  routes(): FastifyPluginAsync {
    return async (app) => {
      app.get('/tos/:name', async (request, reply) => {
        const name = isFields(request.params) ? readText(request.params, 'name') : '';
        const refusal = this.refusalOf(request, name);
        if (refusal !== null) return await reply.code(403).send(tosError(refusal));
        const result = this.results.get(name);
        if (!result) return await reply.code(404).send(tosError('NoSuchKey'));
        const count = (this.fetched.get(name) ?? 0) + 1;
        this.fetched.set(name, count);
        if (count > (result.downloads ?? count)) {
          return await reply.code(403).send(tosError('AccessDenied'));
        }
        return await sendMedia(reply, result.recipe, result.order);
      });
    };
  }

  /** The code of a refusal; null: none. A bearer token beside the signature is one mechanism too many. */
  private refusalOf(request: FastifyRequest, name: string): string | null {
    if (request.headers.authorization !== undefined) return 'AuthorizationConflict';
    const query = isFields(request.query) ? request.query : {};
    const date = readText(query, 'X-Tos-Date');
    const signature = readText(query, 'X-Tos-Signature');
    if (!isSigned(this.state.linkSecret, { path: name, expires: date, signature })) {
      return 'SignatureDoesNotMatch';
    }
    return unixOf(date) + LINK_LIFE_MS <= this.state.now() ? 'AccessDenied' : null;
  }
}

/** `20260405T024433Z`, and back. */
const tosDate = (unixMs: number): string =>
  `${new Date(unixMs).toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}Z`;
const unixOf = (date: string): number =>
  Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));

const tosError = (code: string): Readonly<Record<string, string>> => ({
  Code: code,
  Message: 'The request to the object was refused.',
});
