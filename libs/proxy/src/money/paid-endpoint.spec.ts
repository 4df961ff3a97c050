import { describe, expect, it } from 'vitest';
import { paidEndpoint } from './paid-endpoint.js';

describe('what a call is charged by', () => {
  it.each([
    ['POST', '/v1/chat/completions', 'text'],
    ['POST', '/v1/completions', 'text'],
    ['POST', '/v1/responses', 'text'],
    ['POST', '/v1/embeddings', 'embeddings'],
    ['POST', '/v1/images/generations', 'images'],
    ['POST', '/v1/images/edits', 'images'],
    ['POST', '/v1/audio/speech', 'speech'],
    ['POST', '/v1/audio/transcriptions', 'transcription'],
    ['POST', '/v1/realtime', 'realtime'],
    ['GET', '/v1/realtime', 'free'],
    ['POST', '/v1/moderations', 'free'],
    ['POST', '/v1/files', 'free'],
    ['POST', '/v1/uploads/up_1/parts', 'free'],
    ['POST', '/v1/responses/resp_1/cancel', 'free'],
    ['GET', '/v1/models', 'free'],
    ['DELETE', '/v1/files/file_1', 'free'],
    ['GET', '/v1/responses/resp_1', 'free'],
    ['POST', '/v1/responses/resp_1', 'unpriced'],
    ['POST', '/v1/batches', 'unpriced'],
    ['POST', '/v1/fine_tuning/jobs', 'unpriced'],
    ['POST', '/v1/vector_stores', 'free'],
    ['PUT', '/v1/responses', 'unpriced'],
    ['POST', '/v1/constructor', 'unpriced'],
    ['POST', '/v1/CHAT/completions', 'unpriced'],
  ])('%s %s is %s', (method, path, endpoint) => {
    expect(paidEndpoint(method, path)).toBe(endpoint);
  });
});
