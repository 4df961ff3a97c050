import type { Logger } from '@app/observability';
import { type ArgumentsHost, Catch, type ExceptionFilter, NotFoundException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { KnownRoutes } from './owned-routes.js';
import { renderError } from './render-error.js';

/** The one place where a controller's error becomes an answer. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly known: KnownRoutes,
  ) {}

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const noRoute = thrown instanceof NotFoundException;
    const shown = noRoute ? this.known.refusal(request.method, request.url) : thrown;
    const { error, headers, body } = renderError(shown, request.id);
    request.errorCode = error.code;
    if (error.code === 'INTERNAL')
      this.logger.error({ err: thrown, requestId: request.id }, 'unexpected error');
    if (reply.raw.headersSent) return;
    // Fastify would close the connection after a refused body, and the reason be lost with it:
    // `discardLeftoverBodies` sees to the rest of it.
    await reply.removeHeader('connection').status(error.status).headers(headers).send(body);
  }
}
