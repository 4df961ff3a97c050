import { readFileSync } from 'node:fs';
import { CONFIG_VARIABLES, loadConfig } from '@app/config';
import { limitVariables, providers } from '@app/providers';
import { describe, expect, it } from 'vitest';

const TEXT = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
const EXAMPLE = new Map(
  [...TEXT.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [
    name,
    value,
  ]),
);

const limitNames = providers.flatMap(limitVariables);
const vendorVariables = providers.flatMap(({ environment }) => [
  environment.credential,
  environment.baseUrl.variable,
  ...(environment.settings ?? []).map(({ variable }) => variable),
  ...(environment.exchange ? [environment.exchange.variable] : []),
]);

describe('.env.example', () => {
  it('names every variable that is read, and no other', () => {
    const read = new Set([
      ...CONFIG_VARIABLES.map(({ name }) => name),
      ...vendorVariables,
      ...limitNames,
    ]);

    expect([...EXAMPLE.keys()].toSorted()).toEqual([...read].toSorted());
  });

  it('shows the defaults that are in force', () => {
    for (const { name, default: inForce } of CONFIG_VARIABLES) {
      const shown = EXAMPLE.get(name) ?? '';
      if (inForce === null || name === 'PUBLIC_URL' || name === 'BODY_LIMIT_BYTES') continue;
      expect({ name, shown }).toEqual({ name, shown: inForce });
    }
    for (const provider of providers) {
      const { environment, limits } = provider;
      expect(EXAMPLE.get(environment.baseUrl.variable)).toBe(environment.baseUrl.default ?? '');
      expect(limitVariables(provider).map((name) => Number(EXAMPLE.get(name)))).toEqual([
        limits.inFlight,
        limits.submitsPerSecond,
        limits.checksPerSecond,
      ]);
    }
  });

  it('is a configuration that the product takes once the secrets are filled in', () => {
    const filled = { ...Object.fromEntries(EXAMPLE), ADMIN_TOKEN: 'token', MASTER_KEY: 'key' };

    expect(loadConfig(filled)).toMatchObject({ port: 8000, taskDeadlineSeconds: 3600 });
  });
});
