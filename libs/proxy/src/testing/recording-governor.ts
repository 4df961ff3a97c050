import { GatewayError } from '@app/errors';
import { type GovernedCall, Governor, type Grant, type Outcome } from '../governor.js';

/** Lets everything through, and writes down what it is told. */
export class RecordingGovernor extends Governor {
  readonly calls: GovernedCall[] = [];
  /** `admit`, `dispatched`, `settle` and `release`, in their order. */
  readonly told: string[] = [];
  readonly outcomes: Outcome[] = [];

  constructor(
    private readonly options: { readonly refuses?: boolean; readonly nanoUsd?: number } = {},
  ) {
    super();
  }

  override async admit(call: GovernedCall): Promise<Grant> {
    this.calls.push(asItIs(call));
    this.told.push('admit');
    await new Promise((resolve) => setImmediate(resolve));
    if (this.options.refuses) throw new GatewayError('RATE_LIMIT_EXCEEDED', 'Too many.');
    return {
      headers: { 'x-taskgate-ratelimit-remaining-requests': '7' },
      limits: null,
      dispatched: () => this.told.push('dispatched'),
      settle: (outcome) => {
        this.told.push('settle');
        this.outcomes.push(outcome);
        return { nanoUsd: this.options.nanoUsd ?? null, price: null };
      },
      release: () => this.told.push('release'),
    };
  }

  override async check(call: GovernedCall): Promise<null> {
    this.calls.push(asItIs(call));
    this.told.push('check');
    if (this.options.refuses) throw new GatewayError('RATE_LIMIT_EXCEEDED', 'Too many.');
    return null;
  }
}

/** Its bytes are taken away later. */
const asItIs = (call: GovernedCall): GovernedCall => ({
  ...call,
  body: call.body && { ...call.body },
});
