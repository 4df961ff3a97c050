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
  /** Its share of new work beside the vendor's other accounts; 1 unless told, 0: none. */
  readonly weight?: number;
  /** Always of this very key: one that takes its place is another account. */
  credential(): Promise<string>;
  /** The key itself; absent where short-lived ones are made out of something else. */
  readonly reveal?: () => string;
}

/**
 * Every account that the variables configure now: one a key; none when the vendor is not configured.
 * @throws Error in one line that names the variable, when one of them is no limit
 */
export const accountsOf = (provider: Provider, variables: Variables): readonly ProviderAccount[] =>
  environmentAccounts(provider, variables)();

/**
 * Reads them anew at each call, because a mounted file may have rotated; equal keys give the very
 * same accounts.
 * @throws Error as `accountsOf`, at once
 */
export function environmentAccounts(
  provider: Provider,
  variables: Variables,
): () => readonly ProviderAccount[] {
  const place = placeOf(provider, variables);
  if (!place) return () => [];
  const { credential, exchange } = provider.environment;
  const secret = variables.secret(credential);
  if (secret) {
    let known: { readonly text: string; readonly accounts: readonly ProviderAccount[] } | null =
      null;
    return () => {
      const text = secret.reveal();
      if (known?.text === text) return known.accounts;
      const accounts = splitKeys(text).map((key) => accountFor(provider, key, place));
      known = { text, accounts };
      return accounts;
    };
  }
  const value = exchange && variables.text(exchange.variable);
  if (!exchange || value === undefined) return () => [];
  const id = accountId(provider, value);
  const accounts = [{ id, provider, ...place, credential: exchange.credential(value) }];
  return () => accounts;
}

/** A key that is not of the environment. */
export interface GivenKey {
  readonly key: string;
  /** Without a trailing slash; null: the vendor's own, or the one that the variables name. */
  readonly baseUrl: string | null;
  readonly weight: number;
}

/**
 * The account of a key that is kept elsewhere; a half sentence when a variable that the vendor needs
 * is missing.
 */
export function accountOfKey(
  provider: Provider,
  variables: Variables,
  { key, baseUrl, weight }: GivenKey,
): ProviderAccount | string {
  const lacks = lackingFor(provider, variables, baseUrl);
  const place = placeOf(provider, variables, baseUrl);
  if (!place) return lacks ?? 'the vendor is not configured';
  return { ...accountFor(provider, key, place), weight };
}

const accountFor = (provider: Provider, key: string, place: Place): ProviderAccount => ({
  id: accountId(provider, key),
  provider,
  ...place,
  credential: () => Promise.resolve(key),
  reveal: () => key,
});

function lackingFor(provider: Provider, variables: Variables, baseUrl: string | null) {
  const missing = (provider.environment.settings ?? []).find(
    ({ variable, default: fallback }) => (variables.text(variable) ?? fallback) === undefined,
  );
  if (missing) return `${provider.title} needs ${missing.variable} as well`;
  if (baseUrl !== null || baseUrlOf(provider, variables, {}) !== undefined) return null;
  const { variable } = provider.environment.baseUrl;
  return `${provider.title} has no address of its own; it is given with the key, or by ${variable}`;
}

type Place = Pick<ProviderAccount, 'baseUrl' | 'settings' | 'limits'>;

function placeOf(
  provider: Provider,
  variables: Variables,
  givenUrl: string | null = null,
): Place | null {
  const settings = settingsOf(provider.environment.settings ?? [], variables);
  const baseUrl = settings && (givenUrl ?? baseUrlOf(provider, variables, settings));
  if (!settings || baseUrl === undefined) return null;
  return { baseUrl, settings, limits: limitsOf(provider, variables) };
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

function accountId(provider: Provider, key: string): string {
  return `${provider.id}:${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}
