import { createHash } from 'node:crypto';
import { limitsOf } from './account-limits.js';
import type { AccountLimits, Provider, ProviderSetting } from './provider.js';

/** Where an account's values come from: the config lib's variables, or a test's. */
export interface Variables {
  text(name: string): string | undefined;
  /** Revealed at every call, because a mounted file may have rotated. */
  secret(name: string): { reveal(): string } | undefined;
}

/** One key of one vendor: what limits, breakers and stickiness are counted by. */
export interface ProviderAccount {
  /** Provider id and eight hex digits of the key's SHA-256: stable over restarts, tells nothing. */
  readonly id: string;
  readonly provider: Provider;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly settings: Readonly<Record<string, string>>;
  /** The vendor's limits, or what the operator set instead. */
  readonly limits: AccountLimits;
  credential(): Promise<string>;
}

/**
 * Every account that the variables configure: one a key; none when the vendor is not configured.
 * @throws Error in one line that names the variable, when one of them is no limit
 */
export function accountsOf(provider: Provider, variables: Variables): readonly ProviderAccount[] {
  const settings = settingsOf(provider.environment.settings ?? [], variables);
  const baseUrl = settings && baseUrlOf(provider, variables, settings);
  if (!settings || baseUrl === undefined) return [];
  const limits = limitsOf(provider, variables);
  const account = (key: string, credential: () => Promise<string>): ProviderAccount => {
    return { id: accountId(provider, key), provider, baseUrl, settings, limits, credential };
  };
  const { credential, exchange } = provider.environment;
  const secret = variables.secret(credential);
  if (secret) {
    return splitKeys(secret.reveal()).map((key, index) =>
      account(key, () => Promise.resolve(currentKey(secret.reveal(), key, index))),
    );
  }
  const value = exchange && variables.text(exchange.variable);
  if (!exchange || value === undefined) return [];
  return [account(value, exchange.credential(value))];
}

function settingsOf(
  settings: readonly ProviderSetting[],
  variables: Variables,
): Readonly<Record<string, string>> | undefined {
  const values: Record<string, string> = {};
  for (const setting of settings) {
    const value = variables.text(setting.variable) ?? setting.default;
    if (value === undefined) return undefined;
    values[setting.name] = value;
  }
  return values;
}

function baseUrlOf(
  provider: Provider,
  variables: Variables,
  settings: Readonly<Record<string, string>>,
): string | undefined {
  const { variable, default: fallback } = provider.environment.baseUrl;
  const template = variables.text(variable) ?? fallback;
  if (template === undefined) return undefined;
  const filled = template.replaceAll(
    /\{(\w+)\}/g,
    (whole, name: string) => settings[name] ?? whole,
  );
  return filled.replace(/\/+$/, '');
}

function splitKeys(value: string): readonly string[] {
  const keys = value.split(',').map((key) => key.trim());
  return [...new Set(keys.filter((key) => key !== ''))];
}

/** The key while it is still in the pool; after a rotation the one in its place. */
function currentKey(value: string, key: string, index: number): string {
  const keys = splitKeys(value);
  return keys.includes(key) ? key : (keys[index] ?? keys.at(-1) ?? key);
}

function accountId(provider: Provider, key: string): string {
  return `${provider.id}:${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}
