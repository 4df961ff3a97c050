import { GatewayError } from '@app/errors';
import { isInNetworks, type Network, parseNetworks } from '@app/outbound';
import type { Identity } from './identity.js';
import { modelSpelling } from './model-name.js';
import { hasRules, RuleReader } from './name-rules.js';
import type { Policy } from './policy.js';

/** Whose policies hold: the tenant's (its plan's in it) and the key's own. Both must allow a call. */
export type Policies = Pick<Identity, 'policy' | 'keyPolicy'>;

/** Why a policy does not let a call through; a sentence for the caller, about its own policy alone. */
export interface PolicyRefusal {
  readonly reason: string;
  /** The field to blame; null: none. */
  readonly param: string | null;
}

/** @throws GatewayError POLICY_VIOLATION */
export function requireAllowed(refusal: PolicyRefusal | null): void {
  if (!refusal) return;
  throw new GatewayError('POLICY_VIOLATION', refusal.reason, { param: refusal.param ?? undefined });
}

/** Whether calls may come from this address; one that is not known comes from nowhere that is allowed. */
export function networkVerdict(policies: Policies, clientIp: string | null): PolicyRefusal | null {
  return firstRefusal(policies, ({ clientNetworks }, whose) => {
    if (clientNetworks === undefined) return null;
    if (clientIp !== null && isInNetworks(clientIp, networksOf(clientNetworks))) return null;
    const from = clientIp === null ? 'an unknown address' : clientIp;
    return refuse(`Calls from ${from} are not allowed by ${whose} (clientNetworks).`);
  });
}

/** An endpoint as it is judged. */
export interface Endpoint {
  readonly method: string;
  /** Decoded and without empty segments, path parameters or query: `/v1/chat/completions`. */
  readonly path: string;
}

/**
 * Whether a path may be called. Case makes no difference, and a rule for GET is one for HEAD. What
 * administers the upstream's account is only for tenants whose policy names it.
 */
export function endpointVerdict(
  policies: Policies,
  { method, path }: Endpoint,
): PolicyRefusal | null {
  if (isAdministration(path) && !namesAdministration(policies)) {
    return refuse(ADMINISTRATION_REFUSED);
  }
  const methods = method === 'HEAD' ? ['HEAD', 'GET'] : [method];
  return firstRefusal(policies, ({ endpoints }, whose) => {
    const why = PATHS.against(endpoints, [path, ...methods.map((name) => `${name} ${path}`)]);
    return why === null ? null : refuse(`${method} ${path} is not allowed by ${whose}: ${why}.`);
  });
}

/**
 * Whether a model may be asked. `names` are all that it has (as asked, id, aliases), the one to show
 * first. Case makes no difference, and dots and dashes are alike. No name: the call does not say which.
 */
export function modelVerdict(policies: Policies, names: readonly string[]): PolicyRefusal | null {
  const [shown] = names;
  return firstRefusal(policies, ({ models }, whose) => {
    if (!hasRules(models)) return null;
    if (shown === undefined) {
      return refuse(`The request names no model, and ${whose} says which may be asked.`, 'model');
    }
    const why = MODELS.against(models, names);
    const name = JSON.stringify(shown.slice(0, MAX_SHOWN_LENGTH));
    return why === null
      ? null
      : refuse(`Model ${name} is not allowed by ${whose}: ${why}.`, 'model');
  });
}

/** What a call that generates text asks for. */
export interface AskedTokens {
  /** Null: it names no maximum. */
  readonly maxTokens: number | null;
  /** The field that names it, for such a call. */
  readonly field: string;
}

/** Of each of the choices that are asked for (`n`); how many those are is the budget's business. */
export function maxTokensVerdict(
  policies: Policies,
  { maxTokens: asked, field }: AskedTokens,
): PolicyRefusal | null {
  return firstRefusal(policies, ({ maxTokens }, whose) => {
    if (maxTokens === undefined || (asked !== null && asked <= maxTokens)) return null;
    const reason =
      asked === null
        ? `${field} is missing: ${whose} limits each answer to ${maxTokens} tokens, so the request must name a maximum.`
        : `${field} is at most ${maxTokens} by ${whose}, not ${asked}.`;
    return refuse(reason, field);
  });
}

/** The fields of the policies that cannot be judged without a request's body; none: it need not be read. */
export function bodyRules(policies: Policies): readonly string[] {
  return BODY_RULES.filter((field) =>
    [policies.policy, policies.keyPolicy].some((policy) =>
      field === 'models' ? hasRules(policy.models) : policy[field] !== undefined,
    ),
  );
}

const BODY_RULES = [
  'models',
  'maxTokens',
  'tokensPerMinute',
  'dailyBudgetUsd',
  'monthlyBudgetUsd',
] as const satisfies readonly (keyof Policy)[];

const MODELS = new RuleReader(modelSpelling);
const PATHS = new RuleReader((text) => text.trim().toLowerCase().replaceAll(/\s+/g, ' '));

const isAdministration = (path: string): boolean => /^\/v1\/organization(\/|$)/i.test(path);

/** By a glob that says it: `*` and `/v1/*` do not mean it. A key's policy only narrows its tenant's. */
const namesAdministration = ({ policy, keyPolicy }: Policies): boolean =>
  saysAdministration(policy.endpoints?.allow ?? []) &&
  saysAdministration(keyPolicy.endpoints?.allow ?? [ADMINISTRATION]);

const saysAdministration = (globs: readonly string[]): boolean =>
  globs.some((glob) => /^(\S+\s+)?\/v1\/organization([/*]|$)/i.test(glob.trim()));

const ADMINISTRATION = '/v1/organization';
const ADMINISTRATION_REFUSED =
  'Paths under /v1/organization administer the upstream account. They are forwarded only for tenants whose policy names them (endpoints.allow); every other path under /v1 is.';

/** What is no network (none is stored) lets nobody in. */
function networksOf(texts: readonly string[]): readonly Network[] {
  const known = networks.get(texts);
  if (known) return known;
  const read = texts.flatMap((text) => {
    try {
      return parseNetworks(text);
    } catch {
      return [];
    }
  });
  networks.set(texts, read);
  return read;
}

/** Policies are kept as long as an identity is; their networks are read once. */
const networks = new WeakMap<readonly string[], readonly Network[]>();

function firstRefusal(
  { policy, keyPolicy }: Policies,
  judge: (policy: Policy, whose: string) => PolicyRefusal | null,
): PolicyRefusal | null {
  return judge(policy, "your account's policy") ?? judge(keyPolicy, "this key's policy");
}

const refuse = (reason: string, param: string | null = null): PolicyRefusal => ({ reason, param });

const MAX_SHOWN_LENGTH = 80;
