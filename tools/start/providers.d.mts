export type Environment = Readonly<Record<string, string | undefined>>;

export interface ProviderRow {
  readonly name: string;
  readonly state: 'live' | 'sandbox';
  readonly note: string;
}

export function chooseProviders(
  env: Environment,
  sandboxUrl: string,
): {
  readonly environment: Record<string, string | undefined>;
  readonly rows: ProviderRow[];
};
export function isSet(env: Environment, name: string): boolean;
export const SANDBOX_KEY: string;
export const STAND_INS: readonly {
  readonly name: string;
  readonly baseUrl: string;
  readonly path: string;
}[];
