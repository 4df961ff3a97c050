import { judgeUrlText, type TenantPolicy } from '@app/outbound';
import type { InputIssue, JsonObject, Model } from '@app/providers';
import type { InputStore } from '../input.store.js';
import { dataUrlBytes } from './data-url.js';
import { inputIdOf, inputUrl } from './input-url.js';
import { type InputKeeper, isBadFile } from './keep-input.js';
import { type MediaField, mediaFields, withMedia } from './media-fields.js';

export interface TakenInput {
  /** Names kept inputs where data URLs were, so that no row ever holds one. */
  readonly input: JsonObject;
  readonly issues: readonly InputIssue[];
}

/** Judges what an input names, and keeps what it carries; before the task's commit. */
export class InputIntake {
  constructor(
    private readonly keeper: Pick<InputKeeper, 'keep'>,
    private readonly inputs: InputStore,
    private readonly policy: TenantPolicy,
    private readonly maxBytes: number,
  ) {}

  /** Nothing is kept when one of the places is wrong. Nothing is fetched: URLs are judged by their text. */
  async take(tenantId: string, model: Model, input: JsonObject): Promise<TakenInput> {
    const fields = mediaFields(model.inputSchema, input);
    const verdicts = await Promise.all(
      fields.map(async (field) => await this.judge(tenantId, field)),
    );
    const issues = verdicts.flatMap((verdict) => (verdict.issue ? [verdict.issue] : []));
    if (issues.length > 0) return { input, issues };
    const carried = verdicts.flatMap(({ field, bytes }) => (bytes ? [{ field, bytes }] : []));
    return await this.keepAll(tenantId, input, carried);
  }

  private async keepAll(
    tenantId: string,
    input: JsonObject,
    carried: readonly Carried[],
  ): Promise<TakenInput> {
    const changes: { field: MediaField; value: string }[] = [];
    for (const { field, bytes } of carried) {
      const { kind: expect, path } = field;
      const { maxBytes } = this;
      try {
        const kept = await this.keeper.keep({ tenantId, source: bytes, expect, maxBytes });
        changes.push({ field, value: inputUrl(kept.id) });
      } catch (error) {
        if (!isBadFile(error)) throw error;
        return { input, issues: [{ path, message: error.message }] };
      }
    }
    return { input: withMedia(input, changes), issues: [] };
  }

  private async judge(tenantId: string, field: MediaField): Promise<Judged> {
    const { value, path } = field;
    const refuse = (message: string): Judged => ({ field, bytes: null, issue: { path, message } });
    const taken: Judged = { field, bytes: null, issue: null };
    if (/^data:/i.test(value)) {
      const bytes = dataUrlBytes(value);
      return bytes
        ? { ...taken, bytes }
        : refuse('a data URL takes base64: data:image/png;base64,…');
    }
    if (/^input:/i.test(value)) {
      const inputId = inputIdOf(value);
      const found = inputId && (await this.inputs.find(tenantId, inputId, new Date()));
      return found ? taken : refuse('no such input, or it has expired; upload it again');
    }
    const verdict = judgeUrlText(value, this.policy);
    return verdict.allowed ? taken : refuse(`the URL is not taken: ${verdict.reason}`);
  }
}

interface Carried {
  readonly field: MediaField;
  readonly bytes: Buffer;
}

interface Judged {
  readonly field: MediaField;
  /** What a data URL carries. */
  readonly bytes: Buffer | null;
  readonly issue: InputIssue | null;
}
