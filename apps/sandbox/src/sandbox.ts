import Fastify, { type FastifyInstance } from 'fastify';
import { arkRoutes } from './ark/ark.routes.js';
import { bflRoutes } from './bfl/bfl.routes.js';
import { controlRoutes } from './control.routes.js';
import { dashscopeRoutes } from './dashscope/dashscope.routes.js';
import { geminiRoutes } from './gemini/gemini.routes.js';
import { compatibleRoutes } from './openai-compatible/compatible.routes.js';
import { openAiRoutes } from './openai/openai.routes.js';
import { LastRequest } from './openai/last-request.js';
import { openAiSockets } from './openai/web-sockets.js';
import { createState } from './state.js';
import { vertexRoutes } from './vertex/vertex.routes.js';

export interface SandboxOptions {
  /** Work time of image and video jobs, milliseconds; default 1000. */
  readonly delayMs?: number;
  /** Jobs that one key may have at work at BFL before the next is a 429; default: as many as come. */
  readonly bflMaxActive?: number | null;
  /** Credits that each key begins with at BFL, a US cent each; default: as many as are asked for. */
  readonly bflCredits?: number | null;
  /** Unix milliseconds; a test that needs ten minutes to pass brings its own clock. */
  readonly now?: () => number;
}

/** Inline pictures in a request are the largest thing sent to these vendors. */
const BODY_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * All stand-ins on one port. `listen({port: 0, host: '127.0.0.1'})` for tests; `close()` cuts every
 * connection, so a client that was left hanging does not keep it alive.
 */
export function buildSandbox(options: SandboxOptions = {}): FastifyInstance {
  const stop = new AbortController();
  const state = createState({
    now: options.now ?? Date.now,
    delayMs: options.delayMs ?? 1000,
    bflMaxActive: options.bflMaxActive ?? null,
    bflCredits: options.bflCredits ?? null,
    stopping: stop.signal,
  });
  const lastOpenAiRequest = new LastRequest();
  const app = Fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 500 },
  });
  app.addHook('preClose', async () => stop.abort());
  app.register(controlRoutes(state, lastOpenAiRequest), { prefix: '/_sandbox' });
  for (const provider of ['openai', 'openai-b'] as const) {
    const routes = openAiRoutes({ ...state, provider }, lastOpenAiRequest);
    app.register(routes, { prefix: `/${provider}/v1` });
  }
  openAiSockets(app, state, lastOpenAiRequest);
  app.register(dashscopeRoutes(state), { prefix: '/dashscope' });
  app.register(bflRoutes(state));
  app.register(vertexRoutes(state), { prefix: '/vertex' });
  app.register(geminiRoutes(state));
  app.register(arkRoutes(state), { prefix: '/ark' });
  app.register(compatibleRoutes(state));
  return app;
}
