import { ALERT_EVENTS, DEFAULT_THRESHOLDS, INCIDENTS } from '@app/callbacks';
import { boolean, list, map, object, oneOf, orNull, text } from '../../http/api-answer.js';

const url = { ...text('http or https; any address'), example: 'https://ops.example/alerts' };
const events = { ...list(oneOf(...ALERT_EVENTS)), default: [...ALERT_EVENTS] };
const budgetThresholds = {
  ...list({ type: 'number', exclusiveMinimum: true, minimum: 0, maximum: 10 }),
  default: [...DEFAULT_THRESHOLDS],
  description: 'shares of a budget',
};

export const ALERT_SETTINGS = object({
  url: orNull(url),
  events,
  budgetThresholds,
  enabled: boolean,
});

export const ALERT_SETTINGS_BODY = {
  ...object(
    { url, events, budgetThresholds, enabled: { ...boolean, default: true } },
    { optional: ['events', 'budgetThresholds', 'enabled'] },
  ),
  additionalProperties: false,
};

const time = { ...text(), format: 'date-time' };

export const INCIDENT_LIST = object({
  incidents: list(
    object({
      id: text(),
      kind: oneOf(...Object.keys(INCIDENTS)),
      subject: text('names it within its kind'),
      data: map(true),
      beganAt: time,
      endedAt: orNull(time),
    }),
  ),
});
