import type { JudgedBody } from '../judged-body.js';
import type { BoundedCall } from '../money/bound.js';

/** A body as the pass-through judges it. */
export function judged(body: Readonly<Record<string, unknown>>): JudgedBody {
  const number = (name: string): number | null => {
    const value = body[name];
    return typeof value === 'number' ? value : null;
  };
  return {
    bytes: Buffer.from(JSON.stringify(body)),
    model: typeof body['model'] === 'string' ? body['model'] : null,
    maxTokens:
      number('max_completion_tokens') ?? number('max_output_tokens') ?? number('max_tokens'),
    choices: number('n') ?? 1,
    stream: body['stream'] === true,
  };
}

export const post = (path: string, body: Readonly<Record<string, unknown>>): BoundedCall => ({
  method: 'POST',
  path,
  body: judged(body),
});

export const chat = (more: Readonly<Record<string, unknown>> = {}): BoundedCall =>
  post('/v1/chat/completions', {
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'hello' }],
    ...more,
  });
