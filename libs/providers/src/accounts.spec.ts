import { describe, expect, it } from 'vitest';
import { accountOfKey, accountsOf, environmentAccounts, type Variables } from './accounts.js';
import { openaiCompatible } from './openai-compatible/openai-compatible.provider.js';
import { bfl } from './bfl/bfl.provider.js';
import { vertex } from './vertex/vertex.provider.js';

/** An environment whose secrets may change after the accounts were made, as mounted files do. */
class FakeVariables implements Variables {
  constructor(
    private readonly texts: Readonly<Record<string, string>>,
    readonly secrets: Record<string, string> = {},
  ) {}

  text(name: string): string | undefined {
    return this.texts[name];
  }

  secret(name: string): { reveal(): string } | undefined {
    return name in this.secrets ? { reveal: () => this.secrets[name] ?? '' } : undefined;
  }
}

describe('accountsOf', () => {
  it('has none for a vendor without a key', () => {
    expect(accountsOf(bfl, new FakeVariables({}))).toEqual([]);
    expect(accountsOf(bfl, new FakeVariables({}, { BFL_API_KEY: ' , ' }))).toEqual([]);
  });

  it('has none for a vendor that lacks a setting without a default', () => {
    expect(accountsOf(vertex, new FakeVariables({}, { VERTEX_ACCESS_TOKEN: 't' }))).toEqual([]);
  });

  it('has none for an upstream that has a key but no address', () => {
    const secrets = { OPENAI_COMPATIBLE_API_KEY: 'k' };
    const address = { OPENAI_COMPATIBLE_BASE_URL: 'http://localhost:8080/v1/' };

    expect(accountsOf(openaiCompatible, new FakeVariables({}, secrets))).toEqual([]);
    expect(accountsOf(openaiCompatible, new FakeVariables(address, secrets))).toMatchObject([
      { baseUrl: 'http://localhost:8080/v1' },
    ]);
  });

  it('has one for each key, told apart by a digest and not by the key', async () => {
    const variables = new FakeVariables({}, { BFL_API_KEY: ' one,two , one' });

    const accounts = accountsOf(bfl, variables);

    expect(accounts.map(({ id }) => id)).toEqual(['bfl:7692c3ad', 'bfl:3fc4ccfe']);
    expect(await Promise.all(accounts.map((account) => account.credential()))).toEqual([
      'one',
      'two',
    ]);
    expect(accounts[0]).toMatchObject({
      provider: bfl,
      baseUrl: 'https://api.bfl.ai/v1',
      settings: {},
      limits: bfl.limits,
    });
  });

  it('lets the operator say what each account may do', () => {
    const variables = new FakeVariables({ BFL_MAX_IN_FLIGHT: '500' }, { BFL_API_KEY: 'one,two' });

    const limits = accountsOf(bfl, variables).map((account) => account.limits);

    expect(limits).toEqual([
      { ...bfl.limits, inFlight: 500 },
      { ...bfl.limits, inFlight: 500 },
    ]);
  });

  it('keeps its own key when the file rotates, and has another account for the new one', async () => {
    const variables = new FakeVariables({}, { BFL_API_KEY: 'one,two' });
    const read = environmentAccounts(bfl, variables);
    const [first, second] = read();

    variables.secrets['BFL_API_KEY'] = 'new,two';
    const after = read();

    expect(await first?.credential()).toBe('one');
    expect(await Promise.all(after.map((account) => account.credential()))).toEqual(['new', 'two']);
    expect(after[1]?.id).toBe(second?.id);
    expect(after[0]?.id).not.toBe(first?.id);
  });

  it('gives the very same accounts while the keys stay', () => {
    const read = environmentAccounts(bfl, new FakeVariables({}, { BFL_API_KEY: 'one,two' }));

    expect(read()).toBe(read());
  });

  it('takes the base URL of the environment, without its trailing slash', () => {
    const variables = new FakeVariables(
      { BFL_BASE_URL: 'http://localhost:8100/bfl/v1/' },
      { BFL_API_KEY: 'k' },
    );

    expect(accountsOf(bfl, variables)[0]?.baseUrl).toBe('http://localhost:8100/bfl/v1');
  });

  it.each([
    [{ VERTEX_PROJECT: 'p1' }, 'https://us-central1-aiplatform.googleapis.com', 'us-central1'],
    [
      { VERTEX_PROJECT: 'p1', VERTEX_LOCATION: 'europe-west4' },
      'https://europe-west4-aiplatform.googleapis.com',
      'europe-west4',
    ],
  ])('puts settings into the default base URL: %o', (texts, baseUrl, location) => {
    const [account] = accountsOf(
      vertex,
      new FakeVariables(texts, { VERTEX_ACCESS_TOKEN: 'token' }),
    );

    expect(account).toMatchObject({ baseUrl, settings: { project: 'p1', location } });
  });

  it('exchanges a credentials file where there is no token, and names the account after the file', async () => {
    const variables = new FakeVariables({
      VERTEX_PROJECT: 'p1',
      GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/key.json',
    });

    const [account] = accountsOf(vertex, variables);

    expect(account?.id).toMatch(/^vertex:[0-9a-f]{8}$/);
    await expect(account?.credential()).rejects.toThrow(/cannot read/);
  });

  it('prefers the token to the file', async () => {
    const variables = new FakeVariables(
      { VERTEX_PROJECT: 'p1', GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/key.json' },
      { VERTEX_ACCESS_TOKEN: 'token' },
    );

    expect(await accountsOf(vertex, variables)[0]?.credential()).toBe('token');
  });
});

describe('accountOfKey', () => {
  const given = { key: 'stored', baseUrl: null, weight: 0.5 };

  it('is named and reached as an account of the environment with that key would be', async () => {
    const variables = new FakeVariables({}, { BFL_API_KEY: 'stored' });
    const [same] = accountsOf(bfl, variables);

    const account = accountOfKey(bfl, new FakeVariables({}), given);

    expect(account).toMatchObject({ id: same?.id, baseUrl: same?.baseUrl, weight: 0.5 });
  });

  it('goes where it is told to', () => {
    const baseUrl = 'https://eu.example/v1';

    expect(accountOfKey(bfl, new FakeVariables({}), { ...given, baseUrl })).toMatchObject({
      baseUrl,
    });
    expect(
      accountOfKey(openaiCompatible, new FakeVariables({}), { ...given, baseUrl }),
    ).toMatchObject({
      baseUrl,
    });
  });

  it.each([
    [vertex, 'VERTEX_PROJECT'],
    [openaiCompatible, 'OPENAI_COMPATIBLE_BASE_URL'],
  ])('says what else the vendor needs: %o', (provider, variable) => {
    expect(accountOfKey(provider, new FakeVariables({}), given)).toContain(variable);
  });
});
