export type Environment = Readonly<Record<string, string | undefined>>;

export interface Provider {
  readonly name: string;
  readonly needs: readonly (readonly string[])[];
  readonly baseUrl: string;
  readonly sandboxPath: string;
  readonly sandbox?: Readonly<Record<string, string>>;
}

export interface ProviderRow {
  readonly name: string;
  readonly state: 'live' | 'sandbox';
  readonly note: string;
}

export const PROVIDERS: readonly Provider[];
export function chooseProviders(
  env: Environment,
  sandboxUrl: string,
): {
  readonly environment: Record<string, string | undefined>;
  readonly rows: ProviderRow[];
};
export function isSet(env: Environment, name: string): boolean;
