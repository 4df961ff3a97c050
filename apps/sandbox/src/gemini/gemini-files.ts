import { createHash } from 'node:crypto';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Order } from '../directions/order.js';
import { isFields, readText } from '../fields.js';
import { mimeOf, render, type Recipe } from '../media/render.js';
import { sendMedia } from '../media/send-media.js';
import { isSigned, signLink } from '../media/signed-link.js';
import { RecentMap } from '../recent-map.js';
import type { SandboxState } from '../state.js';
import { invalidArgument, notFound } from './gemini-error.js';

/** A film in the Files API. */
interface GeminiFile {
  readonly id: string;
  readonly recipe: Recipe;
  readonly order: Order;
  /** When its job ends, Unix milliseconds: before that nobody can know its name. */
  readonly madeAt: number;
}

/** https://ai.google.dev/gemini-api/docs/files */
const FILE_LIFE_MS = 48 * 3_600_000;
const LINK_LIFE_MS = 60_000;
const MAX_FILES = 100_000;

/** Files that were generated: what they are, and the way to their bytes. */
export class GeminiFiles {
  private readonly files = new RecentMap<GeminiFile>(MAX_FILES);

  constructor(private readonly state: SandboxState) {}

  add(file: GeminiFile): void {
    this.files.set(file.id, file);
  }

  /** As a result names it: the key is needed, and answered by a redirect. */
  contentUri(id: string, request: FastifyRequest): string {
    return `http://${request.host}/gemini/v1beta/files/${id}:download?alt=media`;
  }

  /** `GET /files/ID` tells what a file is, `GET /files/ID:download?alt=media` leads to its bytes. */
  async get(name: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const [id = '', verb] = name.split(':');
    const file = this.find(id);
    if (verb === undefined) {
      await reply.send(this.describe(file, request));
      return;
    }
    const query = isFields(request.query) ? request.query : {};
    if (verb !== 'download' || readText(query, 'alt') !== 'media') {
      throw invalidArgument('A file is downloaded with :download?alt=media.');
    }
    await reply.redirect(this.storageLink(id, request), 302);
  }

  /** The storage that a download leads to; it must never see the key. */
  storageRoutes(): FastifyPluginAsync {
    return async (app) => {
      app.get('/gemini-storage/:id', async (request, reply) => {
        const query = isFields(request.query) ? request.query : {};
        const id = isFields(request.params) ? readText(request.params, 'id') : '';
        const [expires, signature] = [readText(query, 'expires'), readText(query, 'signature')];
        const file = this.files.get(id);
        const carriesKey = request.headers['x-goog-api-key'] ?? query['key'];
        const isGood = isSigned(this.state.linkSecret, { path: id, expires, signature });
        if (!file || carriesKey !== undefined || !isGood || Number(expires) <= this.state.now()) {
          return await reply.code(403).type('text/plain').send('Access denied.\n');
        }
        return await sendMedia(reply, file.recipe, file.order);
      });
    };
  }

  private storageLink(id: string, request: FastifyRequest): string {
    const expires = String(this.state.now() + LINK_LIFE_MS);
    const signature = signLink(this.state.linkSecret, id, expires);
    return `http://${request.host}/gemini-storage/${id}?expires=${expires}&signature=${signature}`;
  }

  private find(id: string): GeminiFile {
    const file = this.files.get(id);
    const now = this.state.now();
    const isThere =
      file &&
      now >= file.madeAt &&
      now < file.madeAt + FILE_LIFE_MS &&
      !file.order.shows('expired-url');
    if (isThere) return file;
    throw notFound(`File ${id}`);
  }

  private describe(file: GeminiFile, request: FastifyRequest): Readonly<Record<string, unknown>> {
    const bytes = render(file.recipe);
    const uri = this.contentUri(file.id, request);
    const made = new Date(file.madeAt).toISOString();
    return {
      name: `files/${file.id}`,
      mimeType: mimeOf(file.recipe),
      sizeBytes: String(bytes.length),
      createTime: made,
      updateTime: made,
      expirationTime: new Date(file.madeAt + FILE_LIFE_MS).toISOString(),
      sha256Hash: createHash('sha256').update(bytes).digest('base64'),
      uri: uri.slice(0, uri.indexOf(':download')),
      downloadUri: uri,
      state: 'ACTIVE',
      source: 'GENERATED',
    };
  }
}
