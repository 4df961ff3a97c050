import { ALERT_EVENTS, type AlertSettings, DEFAULT_THRESHOLDS } from '@app/callbacks';
import { fieldRefusal, refuseOtherFields, shown } from '../../http/field-refusal.js';

const MAX_URL_LENGTH = 2048;
const MAX_THRESHOLDS = 10;
const MAX_THRESHOLD = 10;

/**
 * Where and of what operators are told, whole: what is absent has its default.
 * @throws GatewayError INVALID_REQUEST naming the path (`events[1]`) and what it takes
 */
export function readAlertSettings(body: object): AlertSettings {
  const given = new Map<string, unknown>(Object.entries(body));
  refuseOtherFields(given, ['url', 'events', 'budgetThresholds', 'enabled']);
  return {
    url: readUrl(given.get('url')),
    events: readEvents(given.get('events') ?? ALERT_EVENTS),
    budgetThresholds: readThresholds(given.get('budgetThresholds') ?? DEFAULT_THRESHOLDS),
    enabled: readEnabled(given.get('enabled') ?? true),
  };
}

/**
 * Any address: it is the operator's own. A user name or password would be in every list that shows it, and
 * what is refused is not repeated, because one may be in it.
 */
function readUrl(value: unknown): string {
  const url = typeof value === 'string' && value.length <= MAX_URL_LENGTH ? URL.parse(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const says = `takes an http or https URL of at most ${MAX_URL_LENGTH} characters`;
    throw fieldRefusal('url', says);
  }
  if (url.username !== '' || url.password !== '') {
    throw fieldRefusal('url', 'must not have a user name or password; alerts are signed instead');
  }
  if (url.hash !== '') throw fieldRefusal('url', 'must not have a fragment (#…)');
  return url.href;
}

function readEvents(value: unknown): AlertSettings['events'] {
  const takes = `a list of ${ALERT_EVENTS.join(', ')}`;
  if (!Array.isArray(value)) throw fieldRefusal('events', `takes ${takes}, not ${shown(value)}`);
  const wanted = value.map((one: unknown, index) => {
    const event = ALERT_EVENTS.find((known) => known === one);
    if (event) return event;
    throw fieldRefusal(
      `events[${index}]`,
      `takes one of ${ALERT_EVENTS.join(', ')}, not ${shown(one)}`,
    );
  });
  const events = new Set(wanted);
  return ALERT_EVENTS.filter((event) => events.has(event));
}

function readThresholds(value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length > MAX_THRESHOLDS) {
    const says = `takes a list of at most ${MAX_THRESHOLDS} shares of a budget, like 0.8`;
    throw fieldRefusal('budgetThresholds', `${says}; not ${shown(value)}`);
  }
  const thresholds = value.map((one: unknown, index) => {
    if (typeof one === 'number' && one > 0 && one <= MAX_THRESHOLD) return one;
    const says = `takes a share above 0, at most ${MAX_THRESHOLD}, like 0.8; not ${shown(one)}`;
    throw fieldRefusal(`budgetThresholds[${index}]`, says);
  });
  return [...new Set(thresholds)].toSorted((one, other) => one - other);
}

function readEnabled(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw fieldRefusal('enabled', `takes true or false, not ${shown(value)}`);
}
