import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigError, loadConfig, Secret, setting } from './index.js';

const REQUIRED = {
  DATABASE_URL: 'postgres://user:hunter2@db:5433/taskgate',
  REDIS_URL: 'redis://redis:6380',
  ADMIN_TOKEN: 'admin-token',
  MASTER_KEY: 'bWFzdGVyLWtleS1tYXN0ZXIta2V5LW1hc3Rlci1rZXk=',
};

const BUCKET = {
  OUTPUT_STORE: 's3',
  S3_ENDPOINT: 'http://minio:9000/',
  S3_BUCKET: 'outputs',
  S3_ACCESS_KEY_ID: 'bucket-key',
  S3_SECRET_ACCESS_KEY: 'bucket-secret',
};

describe('loadConfig', () => {
  it('has a default for everything that is not a secret', () => {
    const config = loadConfig(REQUIRED);

    expect(config).toMatchObject({
      host: '0.0.0.0',
      port: 8000,
      publicUrl: 'http://localhost:8000',
      callbackAllowedNetworks: '',
      callbackTimeoutMs: 10_000,
      callbackConcurrency: 512,
      callbackReceiverConcurrency: 10,
      callbackReceiverPerSecond: 100,
      callbackEd25519: false,
      callbackDisableAfterHours: null,
      outboundDnsServers: '',
      outboundProxy: undefined,
      outputTtlSeconds: 604_800,
      bodyLimitBytes: { tasks: 67_108_864, admin: 1_048_576, proxy: 536_870_912 },
      ownPorts: [8000, 8001, 5433, 6380],
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('reads how callbacks are sent and what they go out through', () => {
    const config = loadConfig({
      ...REQUIRED,
      CALLBACK_CONCURRENCY: '64',
      CALLBACK_RECEIVER_CONCURRENCY: '2',
      CALLBACK_RECEIVER_PER_SECOND: '5',
      CALLBACK_ED25519: 'true',
      CALLBACK_DISABLE_AFTER_HOURS: '120',
      OUTBOUND_DNS_SERVERS: '192.0.2.53, 192.0.2.54:5353',
      OUTBOUND_PROXY: 'http://gate:proxy-password@proxy.example:3128',
    });

    expect(config).toMatchObject({
      callbackConcurrency: 64,
      callbackReceiverConcurrency: 2,
      callbackReceiverPerSecond: 5,
      callbackEd25519: true,
      callbackDisableAfterHours: 120,
      outboundDnsServers: '192.0.2.53, 192.0.2.54:5353',
    });
    expect(config.outboundProxy?.reveal()).toBe('http://gate:proxy-password@proxy.example:3128');
    expect(inspect({ ...config, variables: null })).not.toContain('proxy-password');
  });

  it('takes the forward proxy, whose URL may hold a password, from a file too', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'config-')), 'proxy');
    writeFileSync(path, 'http://gate:from-a-file@proxy.example:3128\n');

    const config = loadConfig({ ...REQUIRED, OUTBOUND_PROXY_FILE: path });

    expect(config.outboundProxy?.reveal()).toBe('http://gate:from-a-file@proxy.example:3128');
  });

  it.each(Object.keys(REQUIRED))('names %s when it is missing', (name) => {
    expect(() => loadConfig({ ...REQUIRED, [name]: ' ' })).toThrow(
      new RegExp(`^${name} is missing; set it \\(or ${name}_FILE\\)`),
    );
  });

  it.each([
    ['PORT', 'eighty', 'PORT takes a whole number from 1 to 65535'],
    ['PORT', '70000', 'PORT takes a whole number from 1 to 65535'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL takes one of: debug, info, warn, error'],
    ['OUTPUT_STORE', 'tape', 'OUTPUT_STORE takes one of: local, s3'],
    ['PUBLIC_URL', 'ftp://files', 'PUBLIC_URL takes an http or https URL'],
    ['CALLBACK_CONCURRENCY', '0', 'CALLBACK_CONCURRENCY takes a whole number from 1 to 10000'],
    ['CALLBACK_RECEIVER_CONCURRENCY', '1001', 'takes a whole number from 1 to 1000'],
    ['CALLBACK_RECEIVER_PER_SECOND', '0.5', 'takes a whole number from 1 to 10000'],
    ['CALLBACK_ED25519', 'yes', 'CALLBACK_ED25519 takes one of: true, false'],
    ['CALLBACK_DISABLE_AFTER_HOURS', 'never', 'takes a whole number from 1 to 8760'],
    ['CALLBACK_DISABLE_AFTER_HOURS', '0', 'takes a whole number from 1 to 8760'],
    ['OUTBOUND_PROXY', 'proxy:3128', 'OUTBOUND_PROXY takes an http or https URL'],
    ['MASTER_KEY_FILE', '/nowhere/key', 'MASTER_KEY_FILE: cannot read the file'],
  ])('refuses %s=%s saying what it takes', (name, value, message) => {
    const environment = { ...REQUIRED, [name]: value };
    if (name === 'MASTER_KEY_FILE') environment.MASTER_KEY = '';

    expect(() => loadConfig(environment)).toThrow(ConfigError);
    expect(() => loadConfig(environment)).toThrow(message);
  });

  it('reads the bucket when outputs are kept in one', () => {
    const { outputStore } = loadConfig({ ...REQUIRED, ...BUCKET, S3_FORCE_PATH_STYLE: 'false' });

    expect(outputStore).toMatchObject({
      kind: 's3',
      endpoint: 'http://minio:9000',
      region: 'us-east-1',
      bucket: 'outputs',
      forcePathStyle: false,
    });
    expect(JSON.stringify(outputStore)).not.toContain('bucket-secret');
  });

  it.each(['S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'])(
    'names %s when outputs are kept in a bucket and it is missing',
    (name) => {
      expect(() => loadConfig({ ...REQUIRED, ...BUCKET, [name]: '' })).toThrow(
        new RegExp(`^${name} is missing; set it`),
      );
    },
  );

  it.each([
    ['S3_ENDPOINT', 'minio:9000', 'S3_ENDPOINT takes an http or https URL'],
    ['S3_FORCE_PATH_STYLE', 'yes', 'S3_FORCE_PATH_STYLE takes one of: true, false'],
  ])('refuses %s=%s of a bucket saying what it takes', (name, value, message) => {
    expect(() => loadConfig({ ...REQUIRED, ...BUCKET, [name]: value })).toThrow(message);
  });

  it('shows no secret when the whole config is printed', () => {
    const config = loadConfig(REQUIRED);

    for (const shown of [
      JSON.stringify({ ...config, variables: null }),
      inspect({ ...config, variables: null }),
    ]) {
      expect(shown).not.toMatch(/hunter2|admin-token|bWFzdGVy/);
    }
  });
});

const refuse = (message: string) => () =>
  setting('RETRIES', () => {
    throw new RangeError(message);
  });

describe('setting', () => {
  it('names the variable whose value a parser refused', () => {
    expect(refuse('3 numbers are missing')).toThrow(
      new ConfigError('RETRIES: 3 numbers are missing'),
    );
    expect(refuse('RETRIES takes numbers')).toThrow(new ConfigError('RETRIES takes numbers'));
    expect(setting('RETRIES', () => 7)).toBe(7);
  });
});

describe('Secret.fromFile', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secret-'));
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(folder, { recursive: true });
  });

  it('follows a file that is replaced and keeps the last value while it is gone', () => {
    const path = join(folder, 'key');
    writeFileSync(path, 'first\n');
    const secret = Secret.fromFile(path, 30_000);
    writeFileSync(path, 'second\n');
    utimesSync(path, new Date(), new Date(Date.now() + 5000));

    vi.advanceTimersByTime(1500);
    expect(secret.reveal()).toBe('second');

    rmSync(path);
    vi.advanceTimersByTime(60_000);
    expect(secret.reveal()).toBe('second');
  });
});
