import OpenAI, { APIError } from 'openai';

/** What a call ended with, as OpenAI's own client tells it. */
export interface Outcome {
  /** All that it handed over before the end, or before it raised an error. */
  readonly said: string;
  readonly model: string | null;
  readonly finish: string | null;
  /** Null: it takes the answer for whole. */
  readonly error: {
    readonly status: number | null;
    readonly code: string | null;
    readonly shouldRetry: string | null;
  } | null;
}

/** Asks once, as OpenAI's own client does, without its retries. */
export async function askOnce(
  client: OpenAI,
  body: Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'stream'>,
  streamed: boolean,
): Promise<Outcome> {
  let [said, model, finish]: [string, string | null, string | null] = ['', null, null];
  try {
    if (!streamed) {
      const answer = await client.chat.completions.create(body);
      const [choice] = answer.choices;
      said = choice?.message.content ?? '';
      return { said, model: answer.model, finish: choice?.finish_reason ?? null, error: null };
    }
    for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) {
      const [choice] = chunk.choices;
      model = chunk.model;
      said += choice?.delta.content ?? '';
      finish = choice?.finish_reason ?? finish;
    }
    return { said, model, finish, error: null };
  } catch (error) {
    return { said, model, finish, error: raised(error) };
  }
}

function raised(error: unknown): Outcome['error'] {
  if (!(error instanceof APIError)) return { status: null, code: null, shouldRetry: null };
  const { status, code, headers } = error as RaisedError;
  return {
    status: status ?? null,
    code: code ?? null,
    shouldRetry: headers?.get('x-should-retry') ?? null,
  };
}

/** `instanceof` alone makes every parameter of the class `any`. */
type RaisedError = APIError<number | undefined, Headers | undefined, object | undefined>;
