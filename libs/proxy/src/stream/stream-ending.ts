import { type Fields, isObject } from '../json-fields.js';

/** How a kind of stream tells that it is over, apart from `[DONE]`, which any may say. */
export interface StreamEnding {
  see(name: string, fields: Fields): void;
  /** @param isOver the connection ended well: nothing more will come */
  isFinished(isOver: boolean): boolean;
}

/** The ending of this call's stream; null: an endpoint of which nothing is known. `choices` were asked for. */
export function streamEnding(method: string, path: string, choices: number): StreamEnding | null {
  return ENDINGS.get(`${method} ${path}`)?.(choices) ?? null;
}

/** Every choice that was begun has said why it ends. */
class ChoicesEnding implements StreamEnding {
  private readonly begun = new Set<number>();
  private readonly ended = new Set<number>();

  constructor(private readonly expected: number) {}

  see(_name: string, { choices }: Fields): void {
    if (!Array.isArray(choices)) return;
    for (const choice of choices as readonly unknown[]) {
      if (!isObject(choice) || this.begun.size > MAX_CHOICES) continue;
      const index = Number(choice['index'] ?? 0);
      this.begun.add(index);
      if (isReason(choice['finish_reason'])) this.ended.add(index);
    }
  }

  /** Until it is over, one that was asked for and has not begun may still come. */
  isFinished(isOver: boolean): boolean {
    const { begun, ended, expected } = this;
    return ended.size > 0 && ended.size === begun.size && (isOver || ended.size >= expected);
  }
}

/** An event of a certain type is the last one of each result. */
class TypesEnding implements StreamEnding {
  private ended = 0;

  constructor(
    private readonly types: ReadonlySet<string>,
    private readonly expected: number,
  ) {}

  see(name: string, { type }: Fields): void {
    if (this.types.has(typeof type === 'string' ? type : name)) this.ended += 1;
  }

  isFinished(isOver: boolean): boolean {
    return this.ended >= (isOver ? 1 : this.expected);
  }
}

/** Some upstreams write none as an empty one. */
const isReason = (value: unknown): boolean => typeof value === 'string' && value !== '';

const byChoices = (choices: number): StreamEnding => new ChoicesEnding(choices);
const byTypes =
  (...types: readonly string[]) =>
  (results: number): StreamEnding =>
    new TypesEnding(new Set(types), results);
const byType =
  (...types: readonly string[]) =>
  (): StreamEnding =>
    new TypesEnding(new Set(types), 1);

/** https://platform.openai.com/docs/api-reference: what each streamed call sends last. */
const ENDINGS: ReadonlyMap<string, (choices: number) => StreamEnding> = new Map([
  ['POST /v1/chat/completions', byChoices],
  ['POST /v1/completions', byChoices],
  ['POST /v1/responses', byType('response.completed', 'response.failed', 'response.incomplete')],
  ['POST /v1/images/generations', byTypes('image_generation.completed')],
  ['POST /v1/images/edits', byTypes('image_edit.completed')],
  ['POST /v1/audio/speech', byType('speech.audio.done')],
  ['POST /v1/audio/transcriptions', byType('transcript.text.done')],
]);

/** More than anybody takes; what is asked for is at most 128. */
const MAX_CHOICES = 1_024;
