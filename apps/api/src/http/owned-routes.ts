import { GatewayError } from '@app/errors';
import { upstreamPath } from '@app/proxy';
import type { FastifyInstance } from 'fastify';

/** Everything under `/v1` that the gateway answers itself; nothing below is ever forwarded. */
const OWNED = new Set([
  'tasks',
  'inputs',
  'usage',
  'callback-secret',
  'callback-urls',
  'requests',
  'simulate',
]);

/**
 * By the decoded path, so that no spelling of our own prefixes slips through to the upstream. Tasks that
 * are shown as videos are ours as well, and so is the list of models, which shows what policy allows.
 */
export function isOwned(target: string): boolean {
  const path = upstreamPath(target);
  if (!path.ok) return false;
  const [first = '', second = ''] = path.segments;
  if (first.toLowerCase() === 'models' && second === '') return true;
  return OWNED.has(first) || (first === 'videos' && isTaskId(second));
}

/** Ids of tasks never belong to the upstream. */
export const isTaskId = (id: string): boolean => id.startsWith('tk-');

/** Remembers which routes exist, so that a wrong method on a known path is told from an unknown path. */
export class KnownRoutes {
  private readonly routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];

  /** Call before any route is registered. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ url, method }) => {
      if (url.includes('*')) return;
      const source = url.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:[^/]+/g, '[^/]+');
      this.routes.push({ pattern: new RegExp(`^${source}/?$`), methods: [method].flat() });
    });
  }

  /**
   * What a request means that no route took: 405 where the path takes other methods, else 404. A known
   * path with the right method that still came here is spelled in a way that is not ours.
   */
  refusal(method: string, target: string): GatewayError {
    const path = target.split('?', 1)[0] ?? '';
    const matching = this.routes.filter(({ pattern }) => pattern.test(path));
    const allow = [...new Set(matching.flatMap(({ methods }) => methods))].toSorted();
    if (allow.length === 0 || allow.includes(method)) {
      return new GatewayError('NOT_FOUND', `No such path: ${path}`);
    }
    const message = `${path} takes ${allow.join(', ')}, not ${method}.`;
    return new GatewayError('METHOD_NOT_ALLOWED', message, { allow });
  }
}
