import { Readable } from 'node:stream';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { isFields, readText } from '../fields.js';
import { bearerKey } from '../keys.js';
import type { SandboxState } from '../state.js';
import { FileStore, type StoredFile } from './file-store.js';
import { invalidRequest, notFound } from './openai-error.js';
import { readUpload } from './read-upload.js';

const PURPOSES = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'] as const;
const FIELDS = ['file', 'purpose', 'expires_after[anchor]', 'expires_after[seconds]'] as const;
const MAX_LIST = 10_000;

/** `/files`: upload, list, one, its content, delete. https://platform.openai.com/docs/api-reference/files */
export function fileRoutes(state: SandboxState): FastifyPluginAsync {
  const store = new FileStore();
  return async (app) => {
    app.post('/files', async (request, reply) => {
      const { body } = request;
      if (!(body instanceof Readable))
        throw invalidRequest('The body must be multipart/form-data.', null, null);
      const form = await readUpload(body, request.headers['content-type'] ?? '');
      const upload = await checkedUpload(form);
      const createdAt = Math.floor(state.now() / 1000);
      return await reply.send(
        fileObject(store.add({ ...upload, owner: owner(request), createdAt })),
      );
    });

    app.get(
      '/files',
      async (request, reply) =>
        await reply.send(listFiles(store.list(owner(request)), request.query)),
    );
    app.get('/files/:id', async (request, reply) => await reply.send(fileObject(find(request))));
    app.get('/files/:id/content', async (request, reply) => {
      const file = find(request);
      return await reply
        .type('application/octet-stream')
        .header(
          'content-disposition',
          `attachment; filename="${encodeURIComponent(file.filename)}"`,
        )
        .send(file.bytes);
    });
    app.delete('/files/:id', async (request, reply) => {
      const { id } = find(request);
      store.remove(id);
      return await reply.send({ id, object: 'file', deleted: true });
    });
  };

  function find(request: FastifyRequest): StoredFile {
    const id = isFields(request.params) ? readText(request.params, 'id') : '';
    const file = store.find(owner(request), id);
    if (!file) throw notFound(`No such File object: ${id}`, 'id');
    return file;
  }
}

const owner = (request: FastifyRequest): string => bearerKey(request.headers.authorization) ?? '';

/** @throws OpenAiError */
async function checkedUpload(
  form: FormData,
): Promise<Pick<StoredFile, 'filename' | 'purpose' | 'type' | 'bytes'>> {
  const unknown = [...form.keys()].find((key) => !FIELDS.some((field) => field === key));
  if (unknown !== undefined) {
    throw invalidRequest(`Unknown parameter: '${unknown}'.`, unknown, 'unknown_parameter');
  }
  const file = form.get('file');
  if (file === null || typeof file === 'string') {
    throw invalidRequest(
      "Missing required parameter: 'file'.",
      'file',
      'missing_required_parameter',
    );
  }
  const purpose = PURPOSES.find((known) => known === form.get('purpose'));
  if (!purpose) {
    throw invalidRequest(
      `'purpose' must be one of ${PURPOSES.join(', ')}.`,
      'purpose',
      'invalid_value',
    );
  }
  return {
    filename: file.name,
    purpose,
    type: file.type,
    bytes: Buffer.from(await file.arrayBuffer()),
  };
}

function fileObject(file: StoredFile): Readonly<Record<string, unknown>> {
  return {
    id: file.id,
    object: 'file',
    bytes: file.bytes.length,
    created_at: file.createdAt,
    filename: file.filename,
    purpose: file.purpose,
    status: 'processed',
    status_details: null,
  };
}

function listFiles(
  files: readonly StoredFile[],
  query: unknown,
): Readonly<Record<string, unknown>> {
  const { after = '', limit = '', purpose = '' } = isFields(query) ? query : {};
  const wanted = files.filter((file) => purpose === '' || file.purpose === purpose);
  const start = wanted.findIndex((file) => file.id === after) + 1;
  const size = Math.min(MAX_LIST, Number(limit) || MAX_LIST);
  const page = wanted.slice(start, start + size);
  return {
    object: 'list',
    data: page.map(fileObject),
    first_id: page.at(0)?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: start + size < wanted.length,
  };
}
