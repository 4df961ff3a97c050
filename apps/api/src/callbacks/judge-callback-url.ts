import { originOf } from '@app/callbacks';
import { hostOf, judgeUrlText, type TenantPolicy, type UrlVerdict } from '@app/outbound';
import { type CallbackSettings, isHostIn } from '@app/tenants';

/** What a callback URL is judged by. */
export interface CallbackUrlRules {
  /** What no tenant may name, whatever the rest says. */
  readonly tenantPolicy: TenantPolicy;
  /** The operator's hosts for this tenant; undefined: any. */
  readonly policyHosts: readonly string[] | undefined;
  /** The tenant's own. */
  readonly settings: CallbackSettings;
}

/**
 * Would a task be taken with this callback URL? By its text alone: nothing is sent, resolved or opened,
 * and the door judges every address again at each attempt. The host is compared as WHATWG URL parsed it, so
 * that all spellings of one host are one.
 */
export function judgeCallbackUrl(text: string, rules: CallbackUrlRules): UrlVerdict {
  const verdict = judgeCallbackHost(text, rules);
  if (!verdict.allowed || !rules.settings.onlyRegistered) return verdict;
  const origin = originOf(verdict.url.href);
  const origins = originsOf(rules.settings);
  return origins.includes(origin)
    ? verdict
    : refuse(`${origin} is not the origin of a registered URL; ${listed(origins)}`);
}

/** The same, but whether the URL must be a registered one: what registering asks. */
export function judgeCallbackHost(text: string, rules: CallbackUrlRules): UrlVerdict {
  const verdict = judgeUrlText(text, rules.tenantPolicy);
  if (!verdict.allowed) return verdict;
  const host = hostOf(verdict.url);
  const { policyHosts, settings } = rules;
  if (policyHosts && !isHostIn(host, policyHosts)) {
    return refuse(
      `${host} is not among the hosts that the operator allows; ${listed(policyHosts)}`,
    );
  }
  if (settings.hosts && !isHostIn(host, settings.hosts)) {
    return refuse(
      `${host} is not among the hosts of the callback settings; ${listed(settings.hosts)}`,
    );
  }
  return verdict;
}

/** Of the registered URLs and the default, each once. */
function originsOf({ default: fallback, registered = [] }: CallbackSettings): readonly string[] {
  const texts = fallback ? [...registered, fallback.url] : registered;
  return [...new Set(texts.filter((text) => URL.canParse(text)).map(originOf))];
}

/** Enough to see what was meant; a message must not be as long as the settings. */
const MAX_LISTED = 10;

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none is taken';
  const rest = names.length - MAX_LISTED;
  const first = names.slice(0, MAX_LISTED).join(', ');
  return `taken are ${first}${rest > 0 ? ` and ${rest} more` : ''}`;
}

const refuse = (reason: string): UrlVerdict => ({ allowed: false, reason });
