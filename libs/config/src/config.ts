import type { Secret } from './secret.js';
import { Variables } from './variables.js';

export type ProcessName = 'api' | 'worker';

/** The whole configuration of one process: read once, typed, frozen. Sizes in bytes, times in the unit of the name. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly workerPort: number;
  readonly publicUrl: string;
  readonly databaseUrl: Secret;
  readonly redisUrl: Secret;
  readonly dataDir: string;
  readonly outputStore: OutputStoreConfig;
  readonly adminToken: Secret;
  readonly masterKey: Secret;
  readonly internalKeys: Secret | undefined;
  readonly metricsToken: Secret | undefined;
  /** Networks of proxies whose `X-Forwarded-For` is believed, comma separated. */
  readonly trustedProxies: string;
  /** Redis has to answer by then where limits are counted. */
  readonly limitsTimeoutMs: number;
  readonly callbackAllowedNetworks: string;
  readonly callbackRetrySchedule: string;
  readonly callbackTimeoutMs: number;
  /** Attempts at once in one worker. */
  readonly callbackConcurrency: number;
  /** Attempts at once to one receiver (origin of a tenant), over all workers. */
  readonly callbackReceiverConcurrency: number;
  /** Attempts a second to one receiver, over all workers. */
  readonly callbackReceiverPerSecond: number;
  /** Callbacks carry an Ed25519 signature (`v1a`) besides those of the secrets. */
  readonly callbackEd25519: boolean;
  /** A receiver that has failed for so many hours on end is left alone; null: never. */
  readonly callbackDisableAfterHours: number | null;
  /** Who is asked for the names of tenants' and vendors' URLs, comma separated; empty: whom the system asks. */
  readonly outboundDnsServers: string;
  /** Forward proxy for what tenants and vendors' answers name, often with a password; undefined: straight out. */
  readonly outboundProxy: Secret | undefined;
  readonly outputTtlSeconds: number;
  readonly outputMaxBytes: number;
  readonly drainTimeoutMs: number;
  readonly taskDeadlineSeconds: number;
  readonly workerConcurrency: number;
  readonly taskRetentionDays: number;
  readonly auditRetentionDays: number;
  /** Wrong keys from one address, in each API process. */
  readonly authFailuresPerMinute: number;
  readonly bodyLimitBytes: {
    readonly tasks: number;
    readonly admin: number;
    readonly proxy: number;
  };
  /** JSON bodies of the pass-through up to this are read whole, and judged. */
  readonly proxyJsonLimitBytes: number;
  /** What becomes of objects at upstreams of which nobody wrote down whose they are. */
  readonly unknownObjects: 'refuse' | 'unlisted' | 'allow';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Ports of the gateway's own parts, which no callback may reach. */
  readonly ownPorts: readonly number[];
  /** For the vendors' own variables, which their folders name. */
  readonly variables: Variables;
}

/** Where outputs are kept: in `dataDir`, or in a bucket. */
export type OutputStoreConfig =
  | { readonly kind: 'local' }
  | {
      readonly kind: 's3';
      /** Undefined: AWS itself. */
      readonly endpoint: string | undefined;
      readonly region: string;
      readonly bucket: string;
      readonly accessKeyId: Secret;
      readonly secretAccessKey: Secret;
      readonly forcePathStyle: boolean;
    };

/** @throws ConfigError naming the variable and what it takes, never its value. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const refresh = new Variables(environment).integer('SECRET_REFRESH_SECONDS', 30, {
    min: 1,
    max: 86_400,
  });
  const variables = new Variables(environment, refresh * 1000);
  const port = variables.integer('PORT', 8000, PORT_RANGE);
  const workerPort = variables.integer('WORKER_PORT', 8001, PORT_RANGE);
  const databaseUrl = variables.requiredSecret('DATABASE_URL', 'a postgres:// address');
  const redisUrl = variables.requiredSecret('REDIS_URL', 'a redis:// address');
  return Object.freeze({
    ...readLimits(variables),
    host: variables.text('HOST') ?? '0.0.0.0',
    port,
    workerPort,
    publicUrl: variables.url('PUBLIC_URL', `http://localhost:${port}`),
    databaseUrl,
    redisUrl,
    dataDir: variables.text('DATA_DIR') ?? '.taskgate',
    outputStore: readOutputStore(variables),
    adminToken: variables.requiredSecret('ADMIN_TOKEN', 'a long random text'),
    masterKey: variables.requiredSecret(
      'MASTER_KEY',
      '32 bytes in base64 (openssl rand -base64 32)',
    ),
    internalKeys: variables.secret('INTERNAL_KEYS'),
    metricsToken: variables.secret('METRICS_TOKEN'),
    trustedProxies: variables.text('TRUSTED_PROXIES') ?? '',
    callbackAllowedNetworks: variables.text('CALLBACK_ALLOWED_NETWORKS') ?? '',
    callbackRetrySchedule:
      variables.text('CALLBACK_RETRY_SCHEDULE') ??
      '10,60,300,1200,3600,10800,21600,43200,86400,86400',
    unknownObjects: variables.oneOf('UNKNOWN_OBJECTS', 'unlisted', ['refuse', 'unlisted', 'allow']),
    ownPorts: [
      port,
      workerPort,
      ...sandboxPort(variables),
      portOf(databaseUrl, 5432),
      portOf(redisUrl, 6379),
    ],
    logLevel: variables.oneOf('LOG_LEVEL', 'info', ['debug', 'info', 'warn', 'error']),
    variables,
  });
}

const PORT_RANGE = { min: 1, max: 65_535 };
const DAY_SECONDS = 86_400;

function readLimits(variables: Variables) {
  const count = (name: string, fallback: number, max: number) =>
    variables.integer(name, fallback, { min: 1, max });
  const bodyLimit = (fallback: number) => count('BODY_LIMIT_BYTES', fallback, 2 ** 40);
  return {
    ...readCallbacks(variables),
    outputTtlSeconds: count('OUTPUT_TTL_SECONDS', 604_800, 3650 * DAY_SECONDS),
    outputMaxBytes: count('OUTPUT_MAX_BYTES', 2 ** 31, 2 ** 40),
    drainTimeoutMs: count('DRAIN_TIMEOUT_SECONDS', 600, DAY_SECONDS) * 1000,
    taskDeadlineSeconds: count('TASK_DEADLINE_SECONDS', 3600, 30 * DAY_SECONDS),
    workerConcurrency: count('WORKER_CONCURRENCY', 64, 10_000),
    authFailuresPerMinute: count('AUTH_FAILURES_PER_MINUTE', 60, 1_000_000),
    taskRetentionDays: count('TASK_RETENTION_DAYS', 90, 36_500),
    auditRetentionDays: count('AUDIT_RETENTION_DAYS', 90, 36_500),
    limitsTimeoutMs: count('LIMITS_TIMEOUT_MS', 50, 2_000),
    proxyJsonLimitBytes: count('PROXY_JSON_LIMIT_BYTES', 8_388_608, 2 ** 28),
    bodyLimitBytes: {
      tasks: bodyLimit(67_108_864),
      admin: bodyLimit(1_048_576),
      proxy: bodyLimit(536_870_912),
    },
  };
}

function readCallbacks(variables: Variables) {
  const count = (name: string, fallback: number, max: number) =>
    variables.integer(name, fallback, { min: 1, max });
  return {
    callbackTimeoutMs: count('CALLBACK_TIMEOUT_SECONDS', 10, 300) * 1000,
    callbackConcurrency: count('CALLBACK_CONCURRENCY', 512, 10_000),
    callbackReceiverConcurrency: count('CALLBACK_RECEIVER_CONCURRENCY', 10, 1_000),
    callbackReceiverPerSecond: count('CALLBACK_RECEIVER_PER_SECOND', 100, 10_000),
    callbackEd25519:
      variables.oneOf('CALLBACK_ED25519', 'false', ['true', 'false'] as const) === 'true',
    callbackDisableAfterHours:
      variables.text('CALLBACK_DISABLE_AFTER_HOURS') === undefined
        ? null
        : count('CALLBACK_DISABLE_AFTER_HOURS', 120, 8_760),
    outboundDnsServers: variables.text('OUTBOUND_DNS_SERVERS') ?? '',
    outboundProxy: variables.secretUrl('OUTBOUND_PROXY'),
  };
}

function readOutputStore(variables: Variables): OutputStoreConfig {
  const kind = variables.oneOf('OUTPUT_STORE', 'local', ['local', 's3']);
  if (kind === 'local') return { kind };
  return {
    kind,
    endpoint: variables.text('S3_ENDPOINT') && variables.url('S3_ENDPOINT', ''),
    region: variables.text('S3_REGION') ?? 'us-east-1',
    bucket: variables.requiredText('S3_BUCKET', 'the name of a bucket'),
    accessKeyId: variables.requiredSecret('S3_ACCESS_KEY_ID', 'the key of the bucket'),
    secretAccessKey: variables.requiredSecret('S3_SECRET_ACCESS_KEY', 'the secret of that key'),
    forcePathStyle:
      variables.oneOf('S3_FORCE_PATH_STYLE', 'true', ['true', 'false'] as const) === 'true',
  };
}

function sandboxPort(variables: Variables): number[] {
  const port = variables.text('SANDBOX_PORT');
  return port === undefined ? [] : [Number(port)];
}

function portOf(address: Secret, fallback: number): number {
  const text = address.reveal();
  return URL.canParse(text) ? Number(new URL(text).port || fallback) : fallback;
}
