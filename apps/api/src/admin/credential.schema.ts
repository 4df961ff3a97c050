import { CREDENTIAL_STATES } from '@app/providers';
import { integer, list, number, object, oneOf, orNull, text } from '../http/api-answer.js';
import { DEFAULT_STEP_SECONDS, MAX_STEP_SECONDS } from './read-credential.js';

const seconds = (description?: string) =>
  integer(['Unix seconds', ...(description ? [description] : [])].join('; '));

const step = object(
  { at: text('ISO 8601'), state: oneOf(...CREDENTIAL_STATES), share: number, note: text() },
  { optional: ['share', 'note'] },
);

export const CREDENTIAL = object({
  id: text('of one from the environment: its account'),
  provider: text(),
  label: text('of one from the environment: its variable'),
  source: oneOf('environment', 'stored'),
  account: text('provider and a digest of the key'),
  state: oneOf(...CREDENTIAL_STATES),
  weight: orNull({ ...number, description: 'share of new work beside the provider’s other keys' }),
  share: { ...number, description: 'of the provider’s new work now, from 0 to 1' },
  baseUrl: orNull(text('of its own')),
  replaces: orNull(text('the key that it takes over from')),
  inFlight: integer('tasks at the vendor under it'),
  note: orNull(text('why it is in this state')),
  createdAt: orNull(seconds()),
  since: orNull(seconds('in this state and step')),
});
export const CREDENTIALS = object({ credentials: list(CREDENTIAL) });
export const CREDENTIAL_WITH_STEPS = object({
  credential: CREDENTIAL,
  stepSeconds: integer('how long each step of a shift lasts'),
  steps: list(step),
});

const FIELDS = {
  label: text(),
  secret: { ...text('the key; it is never shown again'), writeOnly: true },
  weight: { ...number, minimum: 0.01, maximum: 1000, default: 1 },
  baseUrl: text('http or https; absent: the provider’s usual address'),
  stepSeconds: {
    ...integer(),
    minimum: 1,
    maximum: MAX_STEP_SECONDS,
    default: DEFAULT_STEP_SECONDS,
  },
};
const strict = (properties: Parameters<typeof object>[0], required: readonly string[]) => ({
  ...object(properties, {
    optional: Object.keys(properties).filter((name) => !required.includes(name)),
  }),
  additionalProperties: false,
});

export const NEW_CREDENTIAL = strict({ provider: text(), ...FIELDS }, [
  'provider',
  'label',
  'secret',
]);
export const NEXT_CREDENTIAL = strict(FIELDS, ['secret']);
export const CHANGED_CREDENTIAL = strict({ label: FIELDS.label, weight: FIELDS.weight }, []);

const trouble = object({
  model: orNull(text('null: the whole account')),
  since: seconds(),
  why: text('what the vendor answered last'),
  nextLookAt: seconds('when one task is sent to see'),
});

const account = object({
  id: text(),
  label: text(),
  source: oneOf('environment', 'stored'),
  credentialId: orNull(text()),
  state: oneOf(...CREDENTIAL_STATES, 'gone'),
  share: number,
  inFlight: integer('tasks at the vendor'),
  limit: integer('tasks at the vendor at once, as configured'),
  limitNow: integer('the same after throttling'),
  restsUntil: orNull(seconds('asked for by a throttling vendor')),
  requestsInFlight: integer('of the pass-through, in the process that answers'),
  errorRate: orNull({
    ...number,
    description: 'of the submits of the last ten minutes that are over; null: none is',
  }),
  troubles: list(trouble),
});

export const PROVIDERS = object({
  providers: list(
    object({
      provider: text(),
      title: text(),
      configured: { type: 'boolean' },
      inFlight: integer(),
      waiting: integer('tasks that wait for a slot; counted to 100000'),
      oldestWaiting: orNull(seconds()),
      breakers: list(
        object({
          model: text(),
          state: oneOf('closed', 'half-open', 'open'),
          failures: integer('in a row'),
          openUntil: orNull(seconds()),
        }),
      ),
      accounts: list(account),
    }),
  ),
});
export const LIFTED = object({ account: text(), lifted: list(text('account, or account/model')) });
