import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Order } from '../directions/order.js';
import { isFields, readText } from '../fields.js';
import type { PictureRecipe } from '../media/render.js';
import { sendMedia } from '../media/send-media.js';
import { isSigned, signLink } from '../media/signed-link.js';
import { RecentMap } from '../recent-map.js';
import type { SandboxState } from '../state.js';

/** How long OpenAI's own links lived, and so those of its imitators. */
const LINK_LIFE_MS = 60 * 60_000;
const MAX_PICTURES = 50_000;

interface KeptPicture {
  readonly recipe: PictureRecipe;
  readonly order: Order;
}

/** Links to pictures on a host of their own, which never sees a key. */
export class PictureLinks {
  private readonly pictures = new RecentMap<KeptPicture>(MAX_PICTURES);

  constructor(private readonly state: SandboxState) {}

  /** A signed link; dead already when `expired-url` is directed. */
  add(picture: KeptPicture, host: string): string {
    const id = randomUUID();
    this.pictures.set(id, picture);
    const life = picture.order.shows('expired-url') ? -1000 : LINK_LIFE_MS;
    const expires = String(this.state.now() + life);
    const signature = signLink(this.state.linkSecret, id, expires);
    return `http://${host}/compatible-files/${id}.${picture.recipe.format}?se=${expires}&sig=${signature}`;
  }

  routes(): FastifyPluginAsync {
    return async (app) => {
      app.get('/:file', async (request, reply) => {
        const picture = this.find(request);
        if (!picture) return await reply.code(403).type('text/plain').send('Access denied');
        return await sendMedia(reply, picture.recipe, picture.order);
      });
    };
  }

  private find(request: FastifyRequest): KeptPicture | null {
    const query = isFields(request.query) ? request.query : {};
    const file = isFields(request.params) ? readText(request.params, 'file') : '';
    const [path = ''] = file.split('.');
    const link = { path, expires: readText(query, 'se'), signature: readText(query, 'sig') };
    const isAlive = Number(link.expires) > this.state.now();
    const carriesKey = request.headers.authorization !== undefined;
    if (carriesKey || !isAlive || !isSigned(this.state.linkSecret, link)) return null;
    return this.pictures.get(path) ?? null;
  }
}
