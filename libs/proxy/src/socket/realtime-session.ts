import { GatewayError } from '@app/errors';
import { maxTokensVerdict, modelVerdict, requireAllowed } from '@app/tenants';
import type { AskedTarget } from '../governor.js';
import { NOTHING_OBSERVED, type ObservedUsage, withFields } from '../token-usage.js';
import { fieldOf, parsed, readEvent } from './event-fields.js';
import type { Judged, Message } from './message.js';
import { type NamedModels, namedModels } from './named-models.js';
import { CONFIRMS, type RealtimeState, realtimeState, UNCONFIRMED } from './realtime-state.js';
import type { SocketCalls } from './socket-calls.js';
import { type SessionEnd, SocketSession, SocketUse, type Tell } from './socket-session.js';
import { StandingGrant } from './standing-grant.js';

export interface RealtimeSessionParts {
  readonly calls: SocketCalls;
  /** As the handshake names it. */
  readonly asked: string | null;
  /** Policies that need to know what is asked; none: nothing is judged. */
  readonly rules: readonly string[];
  readonly tell: Tell;
  /** Who may be asked for it, and what each calls the model. */
  readonly targets: readonly AskedTarget[];
}

/**
 * `/v1/realtime`. Its turns begin by themselves, so leave for the next one is always reserved. While rules
 * are in force nothing passes but what configures the session, until the upstream has confirmed one that
 * keeps them: what a caller sent and the upstream refused must not count.
 */
export class RealtimeSession extends SocketSession {
  override readonly used = new SocketUse();
  private readonly speech: StandingGrant;
  private readonly transcription: StandingGrant;
  private state: RealtimeState = UNCONFIRMED;
  private running = 0;

  constructor(private readonly parts: RealtimeSessionParts) {
    super();
    const { calls } = parts;
    const { used } = this;
    const { targets } = parts;
    this.speech = new StandingGrant({
      admit: async (model) => await calls.turn(model, { targets, maxTokens: this.state.maxTokens }),
      asked: () => calls.target,
      used,
    });
    this.transcription = new StandingGrant({
      admit: async (model) =>
        await calls.turn(model, { targets: [{ ...calls.leads, model }], maxTokens: null }),
      asked: () => null,
      used,
    });
  }

  override get model(): string | null {
    return this.parts.asked ?? this.state.model ?? this.state.transcriptionModel;
  }

  /** Before the upstream is asked. @throws GatewayError where the first turn is not let through */
  async start(): Promise<void> {
    const { asked } = this.parts;
    if (asked === null) return;
    requireAllowed(this.verdict(asked));
    await this.speech.begin(asked);
  }

  override fromCaller(message: Message): Message | null {
    const event = message.isBinary ? null : readEvent(message.data);
    try {
      if (event) this.judge(event.type, namedModels(message.data));
      else if (this.parts.rules.length > 0) throw unreadable(this.parts.rules);
      return message;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.parts.tell(error, { eventId: event?.eventId ?? null });
      return null;
    }
  }

  override fromUpstream(message: Message): Judged {
    const { data, isBinary } = message;
    const event = isBinary ? null : readEvent(data, ['session', 'response', 'usage']);
    const { type = null, values } = event ?? {};
    const passes = (): Message => message;
    if (CONFIRMS.has(type))
      return this.confirmed(realtimeState(values?.get('session'))).then(passes);
    if (type === 'response.created') this.running += 1;
    if (type === 'response.done') return this.done(values?.get('response')).then(passes);
    if (type === TRANSCRIBED) return this.transcribed(values?.get('usage')).then(passes);
    return message;
  }

  override end({ callerLeft }: SessionEnd): void {
    this.speech.end(this.running > 0, callerLeft);
    // What is heard is written down within moments, and told at once.
    this.transcription.end(false, callerLeft);
  }

  /** @throws GatewayError INVALID_REQUEST or POLICY_VIOLATION */
  private judge(type: string | null, named: NamedModels): void {
    const { rules } = this.parts;
    if (named.doubled !== null) {
      const param = named.doubled.slice(0, 80);
      throw new GatewayError('INVALID_REQUEST', `${param} stands twice in the event.`, { param });
    }
    if (rules.length === 0) return;
    if (named.flaw !== null) throw new GatewayError('INVALID_REQUEST', named.flaw);
    for (const model of named.models) requireAllowed(this.verdict(model));
    for (const maxTokens of named.maxTokens) requireAllowed(this.mostVerdict(maxTokens));
    if (type !== null && CONFIGURES.has(type)) return;
    const { state } = this;
    if (this.model === null) throw notYet('names a model');
    if (!state.isTranscription && this.mostVerdict(state.maxTokens))
      throw notYet('has a max_output_tokens that your policy allows');
  }

  private async confirmed(state: RealtimeState): Promise<void> {
    this.state = state;
    const { asked } = this.parts;
    const { model, transcriptionModel, isTranscription } = state;
    // A model that the handshake asked for was judged there, under the name that it has for callers.
    if (asked === null && model !== null) requireAllowed(this.verdict(model));
    if (transcriptionModel !== null) requireAllowed(this.verdict(transcriptionModel));
    const speaks = isTranscription ? null : (asked ?? model);
    if (speaks !== null) await this.speech.begin(speaks);
    if (transcriptionModel !== null) await this.transcription.begin(transcriptionModel);
  }

  private async done(raw: string | undefined): Promise<void> {
    this.running = Math.max(0, this.running - 1);
    const usage = usageIn(fieldOf(parsed(raw), 'usage'));
    await this.speech.turnOver(usage, this.model ?? 'unknown');
  }

  private async transcribed(raw: string | undefined): Promise<void> {
    await this.transcription.turnOver(
      usageIn(parsed(raw)),
      this.state.transcriptionModel ?? 'unknown',
    );
  }

  /** A date behind the name is the upstream's word for the same model. */
  private verdict(model: string) {
    const { identity, namesOf } = this.parts.calls.facts;
    const names = [...namesOf(model), ...namesOf(model.replace(/-\d{4}-\d{2}-\d{2}$/, ''))];
    return modelVerdict(identity, names);
  }

  private mostVerdict(maxTokens: number | null) {
    const { identity } = this.parts.calls.facts;
    return maxTokensVerdict(identity, { maxTokens, field: 'max_output_tokens' });
  }
}

const usageIn = (usage: unknown): ObservedUsage => withFields(NOTHING_OBSERVED, { usage });

const CONFIGURES: ReadonlySet<string> = new Set(['session.update', 'transcription_session.update']);
const TRANSCRIBED = 'conversation.item.input_audio_transcription.completed';

const notYet = (what: string): GatewayError =>
  new GatewayError(
    'POLICY_VIOLATION',
    `Nothing but session.update is taken until the session ${what}; wait for session.updated.`,
  );

const unreadable = (rules: readonly string[]): GatewayError =>
  new GatewayError(
    'INVALID_REQUEST',
    `Events must be JSON objects in text messages, because they must be known to keep ${rules.join(', ')}.`,
  );
