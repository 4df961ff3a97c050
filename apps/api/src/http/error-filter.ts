import type { Logger } from '@app/observability';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { renderError } from './render-error.js';

/** The one place where a controller's error becomes an answer. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { error, headers, body } = renderError(thrown, request.id);
    request.errorCode = error.code;
    if (error.code === 'INTERNAL')
      this.logger.error({ err: thrown, requestId: request.id }, 'unexpected error');
    if (reply.raw.headersSent) return;
    // Fastify would close the connection after a refused body, and the reason be lost with it:
    // `discardLeftoverBodies` sees to the rest of it.
    await reply.removeHeader('connection').status(error.status).headers(headers).send(body);
  }
}
