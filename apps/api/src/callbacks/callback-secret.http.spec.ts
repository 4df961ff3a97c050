import { callbackSecretBytes, newCallbackSecret } from '@app/callbacks';
import { AuditBuffer, CallbackSecrets, Keyring } from '@app/tenants';
import { InMemoryAuditStore, InMemorySpoolFiles, InMemoryTenantStore } from '@app/tenants/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf, type OpenApi, openApi } from '../testing/open-api.js';

interface Rotated {
  readonly secret: string;
  readonly graceSeconds: number;
}

const keyring = new Keyring(Buffer.alloc(32, 1));
const rows = new InMemoryTenantStore();
const callbackSecrets = new CallbackSecrets(rows, () => keyring, {
  generate: newCallbackSecret,
  check: callbackSecretBytes,
});
const auditStore = new InMemoryAuditStore();
const audit = new AuditBuffer(auditStore, {
  files: new InMemorySpoolFiles(),
  maxRows: 1_000,
  onDrop: () => undefined,
});

let api: OpenApi;
beforeAll(async () => {
  api = await openApi({ callbackSecrets, audit });
});
afterAll(async () => await api.close());

const PATH = '/v1/callback-secret';
const rotate = async (body?: string, key = 'a'): Promise<Response> =>
  await api.ask(`${PATH}/rotate`, {
    method: 'POST',
    key,
    ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
  });
const shown = async (key = 'a'): Promise<string> =>
  ((await dataOf(await api.ask(PATH, { key }))) as Rotated).secret;

describe('POST /v1/callback-secret/rotate', () => {
  it.each([
    ['nothing', undefined, 86_400],
    ['an empty object', '{}', 86_400],
    ['no grace', '{"graceSeconds":0}', 0],
    ['a minute', '{"graceSeconds":60}', 60],
    ['seven days', '{"graceSeconds":604800}', 604_800],
  ])('takes %s', async (_what, body, graceSeconds) => {
    const before = await shown();

    const rotated = (await dataOf(await rotate(body))) as Rotated;

    expect(rotated).toEqual({ secret: expect.stringMatching(/^whsec_/), graceSeconds });
    expect(rotated.secret).not.toBe(before);
    expect(await shown()).toBe(rotated.secret);
    const inForce = await callbackSecrets.secretsOf(api.tenantId);
    expect(inForce.includes(before)).toBe(graceSeconds > 0);
  });

  it.each([
    ['less than nothing', '{"graceSeconds":-1}', 'graceSeconds'],
    ['more than seven days', '{"graceSeconds":604801}', 'graceSeconds'],
    ['half a second', '{"graceSeconds":0.5}', 'graceSeconds'],
    ['text', '{"graceSeconds":"60"}', 'graceSeconds'],
    ['null', '{"graceSeconds":null}', 'graceSeconds'],
    ['a list', '{"graceSeconds":[60]}', 'graceSeconds'],
    ['what is no number any more', '{"graceSeconds":1e400}', 'graceSeconds'],
    ['a secret of the caller’s own', '{"secret":"whsec_mine"}', 'secret'],
    ['another spelling', '{"grace_seconds":60}', 'grace_seconds'],
  ])('refuses %s, names the field and rotates nothing', async (_what, body, param) => {
    const before = await shown();

    const response = await rotate(body);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error_code: 'INVALID_REQUEST',
      error: { param, message: expect.stringContaining(param) },
    });
    expect(await shown()).toBe(before);
  });

  it.each(['[]', 'null', '60', '"60"', '{'])('refuses the body %s', async (body) => {
    const before = await shown();

    expect((await rotate(body)).status).toBe(400);
    expect(await shown()).toBe(before);
  });

  it('changes nothing for another tenant', async () => {
    const theirs = await shown('b');

    await rotate(undefined, 'a');

    expect(await shown('b')).toBe(theirs);
  });

  it('leaves an audit row that says who, and not the secret', async () => {
    const { secret } = (await dataOf(await rotate())) as Rotated;
    await audit.flush(5_000);

    const kept = [...auditStore.rows.values()];
    const trail = kept.filter(({ path }) => path === `${PATH}/rotate`);

    expect(trail.at(-1)).toMatchObject({
      tenant: api.tenantId,
      keyPrefix: 'a',
      method: 'POST',
      status: 200,
    });
    expect(JSON.stringify(kept)).not.toContain(secret.slice('whsec_'.length));
  });

  it.each(['GET', 'POST'])('is for no cache to keep (%s)', async (method) => {
    const response = method === 'GET' ? await api.ask(PATH) : await rotate();

    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('need not have a body, says the API’s document', async () => {
    const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as {
      paths: Record<string, { post?: { requestBody?: { required?: boolean } } }>;
    };

    expect(document.paths[`${PATH}/rotate`]?.post?.requestBody?.required).toBe(false);
  });
});
