import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { choosePorts, processEnvironment, settingOf } from './environment.mjs';

const GIVEN = {
  ports: { api: 8000, worker: 8001, sandbox: 8100 },
  dataDir: '/data',
  databaseUrl: 'postgres://embedded',
  redisUrl: 'redis://embedded',
  secrets: { adminToken: 'generated-token', masterKey: 'generated-key' },
};

describe('processEnvironment', () => {
  it('sets what a first start needs', () => {
    const { environment } = processEnvironment({ ...GIVEN, env: {} });

    expect(environment).toMatchObject({
      HOST: '127.0.0.1',
      PORT: '8000',
      WORKER_PORT: '8001',
      SANDBOX_PORT: '8100',
      INTERNAL_KEYS: 'demo',
      CALLBACK_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
      DRAIN_TIMEOUT_SECONDS: '30',
      DATA_DIR: '/data',
      DATABASE_URL: 'postgres://embedded',
      REDIS_URL: 'redis://embedded',
      ADMIN_TOKEN: 'generated-token',
      MASTER_KEY: 'generated-key',
    });
  });

  it("lets the user's own values win", () => {
    const env = { ADMIN_TOKEN: 'mine', INTERNAL_KEYS: 'a,b', HOST: '::1', LOG_LEVEL: 'debug' };

    const { environment } = processEnvironment({ ...GIVEN, env });

    expect(environment).toMatchObject(env);
  });

  it('generates nothing for a secret that a file holds', () => {
    const env = { ADMIN_TOKEN_FILE: '/run/secrets/admin' };

    const { environment } = processEnvironment({ ...GIVEN, env });

    expect(environment).toMatchObject(env);
    expect(environment).not.toHaveProperty('ADMIN_TOKEN');
  });

  it('takes an empty variable for an absent one', () => {
    const { environment } = processEnvironment({ ...GIVEN, env: { INTERNAL_KEYS: '' } });

    expect(environment).toHaveProperty('INTERNAL_KEYS', 'demo');
  });
});

describe('choosePorts', () => {
  it('takes the documented ones unless told', () => {
    expect(choosePorts({ PORT: '9000' })).toEqual({ api: 9000, worker: 8001, sandbox: 8100 });
  });

  it.each([
    [{ PORT: 'http' }, 'PORT must be a port, 1 to 65535; it is "http".'],
    [{ WORKER_PORT: '0' }, 'WORKER_PORT must be a port, 1 to 65535; it is "0".'],
    [{ SANDBOX_PORT: '65536' }, 'SANDBOX_PORT must be a port, 1 to 65535; it is "65536".'],
    [{ PORT: '8001' }, 'PORT and WORKER_PORT are both 8001: each needs its own.'],
  ])('refuses %o in one sentence', (env, message) => {
    expect(() => choosePorts(env)).toThrow(message);
  });
});

describe('settingOf', () => {
  it('reads NAME_FILE where NAME is absent', () => {
    const folder = mkdtempSync(join(tmpdir(), 'taskgate-setting-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'url');
    writeFileSync(file, 'postgres://from-a-file\n');

    expect(settingOf({ DATABASE_URL_FILE: file }, 'DATABASE_URL')).toBe('postgres://from-a-file');
    expect(settingOf({ DATABASE_URL: 'x', DATABASE_URL_FILE: file }, 'DATABASE_URL')).toBe('x');
    expect(settingOf({}, 'DATABASE_URL')).toBeUndefined();
  });

  it('names the variable of a file that is not there', () => {
    expect(() => settingOf({ REDIS_URL_FILE: '/nowhere' }, 'REDIS_URL')).toThrow(
      'REDIS_URL_FILE: cannot read /nowhere',
    );
  });
});
