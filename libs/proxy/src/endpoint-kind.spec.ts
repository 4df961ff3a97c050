import { describe, expect, it } from 'vitest';
import { endpointKind } from './endpoint-kind.js';

const kindOf = (method: string, path: string) => endpointKind(method, path.split('/'));

describe('endpointKind', () => {
  it.each([
    ['GET', 'chat/completions', 'free'],
    ['DELETE', 'responses/resp_1', 'free'],
    ['POST', 'chat/completions', 'text'],
    ['PUT', 'chat/completions', 'text'],
    ['POST', 'Chat/COMPLETIONS', 'text'],
    ['POST', 'chat/completions/chatcmpl-1', 'free'],
    ['POST', 'responses', 'text'],
    ['POST', 'responses/resp_1/cancel', 'free'],
    ['POST', 'embeddings', 'other'],
    ['POST', 'images/edits', 'other'],
    ['POST', 'audio/transcriptions', 'other'],
    ['POST', 'videos/v_1/remix', 'other'],
    ['POST', 'files', 'free'],
    ['POST', 'uploads/u_1/parts', 'free'],
    ['POST', 'vector_stores/vs_1/files', 'free'],
    ['POST', 'batches', 'deferred'],
    ['POST', 'batches/b_1/cancel', 'free'],
    ['POST', 'fine_tuning/jobs', 'deferred'],
    ['POST', 'fine_tuning/jobs/j_1/cancel', 'free'],
    ['POST', 'fine_tuning/jobs/j_1/resume', 'deferred'],
    ['POST', 'evals/e_1/runs', 'deferred'],
    ['POST', 'realtime/client_secrets', 'deferred'],
    ['POST', 'chatkit/sessions', 'deferred'],
    ['POST', 'threads', 'free'],
    ['POST', 'threads/runs', 'text'],
    ['POST', 'threads/t_1', 'free'],
    ['POST', 'threads/t_1/runs', 'text'],
    ['POST', 'threads/t_1/runs/r_1/submit_tool_outputs', 'deferred'],
    ['POST', 'rerank', 'text'],
    ['PATCH', 'what/will/be', 'text'],
  ])('%s %s is %s', (method, path, kind) => {
    expect(kindOf(method, path).kind).toBe(kind);
  });

  it.each([
    ['chat/completions', 'max_completion_tokens'],
    ['completions', 'max_tokens'],
    ['responses', 'max_output_tokens'],
  ])('knows which field %s takes for a maximum', (path, field) => {
    expect(kindOf('POST', path)).toHaveProperty('maxTokensFields.0', field);
  });
});
