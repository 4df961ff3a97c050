import type { FastifyPluginAsync } from 'fastify';
import { speakOpenAi } from '../openai/openai-api.js';
import type { SandboxState } from '../state.js';
import { CompatibleImages } from './compatible-images.js';
import { CompatibleVideos } from './compatible-videos.js';
import { PictureLinks } from './picture-links.js';
import { sendFilm } from './send-film.js';
import { videoPage } from './video-page.js';

/**
 * The stand-in of an upstream that speaks OpenAI's Images and Videos API without being OpenAI: pictures
 * as links, films as jobs, and a blind eye for fields that it does not know.
 */
export function compatibleRoutes(state: SandboxState): FastifyPluginAsync {
  const links = new PictureLinks(state);
  return async (app) => {
    await app.register(links.routes(), { prefix: '/compatible-files' });
    await app.register(apiRoutes(state, links), { prefix: '/compatible/v1' });
  };
}

function apiRoutes(state: SandboxState, links: PictureLinks): FastifyPluginAsync {
  const images = new CompatibleImages(state, links);
  const videos = new CompatibleVideos(state);
  return async (app) => {
    speakOpenAi(app, state.keys);
    app.post('/images/generations', async (request, reply) => {
      await images.generate(request, reply);
    });
    app.post('/images/edits', async (request, reply) => {
      await images.edit(request, reply);
    });
    app.post('/videos', async (request, reply) => {
      await videos.create(request, reply);
    });
    app.get('/videos', async (request, reply) => {
      const { tasks, hasMore } = videoPage(videos.ofKey(request), request.query);
      return await reply.send({
        object: 'list',
        data: tasks.map((task) => videos.show(task)),
        first_id: tasks.at(0)?.id ?? null,
        last_id: tasks.at(-1)?.id ?? null,
        has_more: hasMore,
      });
    });
    app.get('/videos/:id', async (request, reply) => await reply.send(videos.look(request)));
    app.delete('/videos/:id', async (request, reply) => await reply.send(videos.delete(request)));
    app.get('/videos/:id/content', async (request, reply) => {
      await sendFilm(videos.find(request), state.now(), { request, reply });
    });
    app.post('/videos/:id/remix', async (request, reply) => {
      await videos.remix(request, reply);
    });
  };
}
