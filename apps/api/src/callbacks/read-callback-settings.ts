import type { UrlVerdict } from '@app/outbound';
import { CALLBACK_WHEN } from '@app/tasks';
import type { CallbackSettings } from '@app/tenants';
import { fieldRefusal, refuseOtherFields, shown } from '../http/field-refusal.js';
import { type CallbackUrlRules, judgeCallbackHost } from './judge-callback-url.js';
import { readHostGlobs } from './read-host-globs.js';

export const MAX_REGISTERED = 20;

/**
 * A tenant's callback settings as it sends them, whole: what is absent is as if it had never been set. Every
 * URL is judged as a task's would be, under the hosts of the same body.
 * @throws GatewayError INVALID_REQUEST naming the path (`registered[2]`) and what it takes
 */
export function readCallbackSettings(
  body: object,
  { tenantPolicy, policyHosts }: Omit<CallbackUrlRules, 'settings'>,
): CallbackSettings {
  const given = new Map<string, unknown>(Object.entries(body));
  refuseOtherFields(given, ['default', 'registered', 'hosts', 'onlyRegistered']);
  const hosts = readHostGlobs(given.get('hosts'), 'hosts');
  const judge: Judge = (url) =>
    judgeCallbackHost(url, { tenantPolicy, policyHosts, settings: hosts ? { hosts } : {} });
  const fallback = readDefault(given.get('default') ?? null, judge);
  const registered = readRegistered(given.get('registered') ?? [], judge);
  const onlyRegistered = readOnlyRegistered(given.get('onlyRegistered') ?? false);
  if (onlyRegistered && !fallback && registered.length === 0) {
    const says = 'takes true only with a registered URL or a default: no other URL would be taken';
    throw fieldRefusal('onlyRegistered', says);
  }
  return {
    ...(fallback && { default: fallback }),
    ...(registered.length > 0 && { registered }),
    ...(hosts && { hosts }),
    ...(onlyRegistered && { onlyRegistered }),
  };
}

type Judge = (url: string) => UrlVerdict;

function readDefault(value: unknown, judge: Judge): CallbackSettings['default'] | null {
  if (value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) {
    const says = 'takes an object with url and, if you like, when; or null';
    throw fieldRefusal('default', `${says}; not ${shown(value)}`);
  }
  const given = new Map<string, unknown>(Object.entries(value));
  refuseOtherFields(given, ['url', 'when'], 'default.');
  const url = readUrl(given.get('url'), 'default.url', judge);
  const asked = given.get('when') ?? 'final';
  const when = CALLBACK_WHEN.find((one) => one === asked);
  if (when) return { url, when };
  throw fieldRefusal('default.when', `takes ${CALLBACK_WHEN.join(' or ')}, not ${shown(asked)}`);
}

function readRegistered(value: unknown, judge: Judge): readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_REGISTERED) {
    const given = Array.isArray(value) ? `${value.length}` : shown(value);
    throw fieldRefusal(
      'registered',
      `takes a list of at most ${MAX_REGISTERED} URLs, not ${given}`,
    );
  }
  return value.map((url: unknown, index) => readUrl(url, `registered[${index}]`, judge));
}

function readOnlyRegistered(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw fieldRefusal('onlyRegistered', `takes true or false, not ${shown(value)}`);
}

function readUrl(value: unknown, path: string, judge: Judge): string {
  if (typeof value !== 'string') {
    throw fieldRefusal(path, `takes an http or https URL, not ${shown(value)}`);
  }
  const verdict = judge(value);
  if (verdict.allowed) return value;
  throw fieldRefusal(path, `is not taken: ${verdict.reason}`);
}
