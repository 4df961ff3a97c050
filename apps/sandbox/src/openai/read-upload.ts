import type { Readable } from 'node:stream';
import { OpenAiError } from './openai-error.js';

/** Far below OpenAI's 512 MB: uploads are kept in memory here. */
const MAX_UPLOAD_BYTES = 128 * 1024 * 1024;

/** Reads a multipart body as it arrives and gives up at the limit. @throws OpenAiError 400, 413 */
export async function readUpload(body: Readable, contentType: string): Promise<FormData> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Destroying the body would cut the connection before the refusal could be read.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    const bytes: unknown = chunk;
    if (!Buffer.isBuffer(bytes)) continue;
    size += bytes.length;
    if (size > MAX_UPLOAD_BYTES) throw tooLarge();
    chunks.push(bytes);
  }
  try {
    return await new Response(Buffer.concat(chunks), {
      headers: { 'content-type': contentType },
    }).formData();
  } catch (cause) {
    throw new OpenAiError(400, {
      message: `Could not parse multipart form: ${cause instanceof Error ? cause.message : 'malformed'}`,
      type: 'invalid_request_error',
      param: null,
      code: null,
    });
  }
}

function tooLarge(): OpenAiError {
  return new OpenAiError(413, {
    message: `Maximum content size limit (${MAX_UPLOAD_BYTES}) exceeded.`,
    type: 'invalid_request_error',
    param: null,
    code: null,
  });
}
