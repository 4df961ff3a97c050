import type { FastifyInstance } from 'fastify';

/** Everything under `/v1` that the gateway answers itself; nothing below is ever forwarded. */
const OWNED = [
  'tasks',
  'inputs',
  'usage',
  'callback-secret',
  'callback-urls',
  'requests',
  'simulate',
];

export const isOwned = (path: string): boolean => {
  const [, first = ''] = /^\/v1\/+([^/]*)/.exec(path) ?? [];
  return OWNED.includes(first);
};

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

  /** Methods that the path takes; empty when there is no such path. */
  methodsOf(path: string): readonly string[] {
    const matching = this.routes.filter(({ pattern }) => pattern.test(path));
    return [...new Set(matching.flatMap(({ methods }) => methods))].toSorted();
  }
}
