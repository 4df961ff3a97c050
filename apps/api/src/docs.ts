import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** The OpenAPI document at `/openapi.json` and a page to read and try it at `/docs`. */
export function publishDocs(app: NestFastifyApplication, publicUrl: string): void {
  const about = new DocumentBuilder()
    .setTitle('Taskgate')
    .setDescription(
      'One async endpoint for image and video models of every vendor. Everything else under `/v1` is passed through to OpenAI and documented there.',
    )
    .setVersion('1')
    .addServer(publicUrl)
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'a tenant’s key' })
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN' }, 'admin')
    .build();
  const document = SwaggerModule.createDocument(app, about);
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
  });
  // Whoever opens the address that `npm start` prints in a browser finds something to read.
  const fastify = app.getHttpAdapter().getInstance();
  fastify.get('/', async (_request, reply) => await reply.redirect('/docs'));
}
