import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { integer, oneOf, readNumber, readText, text, type Check, type Shape } from '../fields.js';
import { languageFaults } from './language-faults.js';
import { takeLanguageOrder } from './language-order.js';
import { checkedBody, requireModel } from './openai-body.js';
import { embeddingDimensions } from './openai-models.js';
import type { OpenAiState } from './openai-state.js';
import { sendAnswer } from './send-answer.js';
import { countTokens } from './token-count.js';

const input: Check = (value) =>
  (typeof value === 'string' && value !== '') ||
  (Array.isArray(value) && value.length > 0 && value.length <= 2048)
    ? null
    : 'must be a string that is not empty, or a list of 1 to 2048 of them or of token numbers';

/** https://platform.openai.com/docs/api-reference/embeddings/create */
const EMBEDDINGS_BODY: Shape = {
  required: { model: text(200), input },
  optional: {
    dimensions: integer(1, 3072),
    encoding_format: oneOf('float', 'base64'),
    user: text(200),
  },
};

/** `POST /embeddings`: unit vectors that depend on the text alone. */
export async function embeddings(
  state: OpenAiState,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const body = checkedBody(request.body, EMBEDDINGS_BODY);
  const model = readText(body, 'model');
  requireModel(model, 'embedding');
  const texts = inputTexts(body['input']);
  const order = takeLanguageOrder(
    state,
    { request, reply },
    {
      model,
      prompt: texts.join(' '),
      id: request.id,
      prefilled: false,
      faults: languageFaults({ speaks: false, streams: false, endsWithDone: false }),
    },
  );
  if (!order) return;
  const length = readNumber(body, 'dimensions', embeddingDimensions(model));
  const encode = body['encoding_format'] === 'base64' ? toBase64 : Array.from<number>;
  const tokens = texts.reduce((sum, item) => sum + countTokens(item), 0);
  const answer = {
    object: 'list',
    data: texts.map((item, index) => ({
      object: 'embedding',
      index,
      embedding: encode(vector(item, length)),
    })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
  await sendAnswer(state, reply, { order, body: () => answer });
}

/** A list of numbers is one text given as tokens. */
function inputTexts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  if (items.every((item) => typeof item === 'number')) return [items.join(' ')];
  return items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
}

function vector(value: string, length: number): Float32Array {
  const seed = createHash('sha256').update(value).digest();
  const raw = Float32Array.from(
    { length },
    (_, index) => seed.readUInt8(index % 32) - 127.5 + (index % 7),
  );
  const norm = Math.hypot(...raw);
  return raw.map((component) => component / norm);
}

/** Little-endian floats, the form that OpenAI's own SDKs ask for. */
const toBase64 = (components: Float32Array): string =>
  Buffer.from(components.buffer).toString('base64');
