/** One environment variable, as `.env.example` and the guide show it. */
export interface ConfigVariable {
  readonly name: string;
  /** What is in force when it is absent; `null`: must be set. */
  readonly default: string | null;
  readonly meaning: string;
  /** Has a `NAME_FILE` form and is never shown. */
  readonly secret?: true;
}

/** Every variable that the gateway itself reads; each vendor's folder lists its own. */
export const CONFIG_VARIABLES: readonly ConfigVariable[] = [
  { name: 'HOST', default: '0.0.0.0', meaning: 'address the API and the worker listen on' },
  { name: 'PORT', default: '8000', meaning: 'port of the API' },
  { name: 'WORKER_PORT', default: '8001', meaning: 'port of the worker (health and metrics)' },
  {
    name: 'PUBLIC_URL',
    default: 'http://localhost:$PORT',
    meaning: 'base of output links, as clients reach the API',
  },
  { name: 'DATABASE_URL', default: null, meaning: 'Postgres 14 or newer', secret: true },
  { name: 'REDIS_URL', default: null, meaning: 'Redis 6.2 or newer, or Valkey', secret: true },
  {
    name: 'DATA_DIR',
    default: '.taskgate',
    meaning: 'folder of the local output store, and of rows that wait for Postgres',
  },
  { name: 'ADMIN_TOKEN', default: null, meaning: 'bearer token of /admin/*', secret: true },
  {
    name: 'MASTER_KEY',
    default: null,
    meaning: '32 bytes, base64; several, comma separated: the first writes, all read',
    secret: true,
  },
  {
    name: 'INTERNAL_KEYS',
    default: '',
    meaning: 'tenants, comma separated: `name` (its name is its key) or `name:key`',
    secret: true,
  },
  {
    name: 'SECRET_REFRESH_SECONDS',
    default: '30',
    meaning: 'how often a secret given as NAME_FILE is read again at the latest',
  },
  {
    name: 'CALLBACK_ALLOWED_NETWORKS',
    default: '',
    meaning: 'networks (CIDR, comma separated) that callbacks may reach although not public',
  },
  {
    name: 'CALLBACK_RETRY_SCHEDULE',
    default: '10,60,300,1200,3600,10800,21600,43200,86400,86400',
    meaning: 'seconds after each failed attempt, ±20 % jitter',
  },
  { name: 'CALLBACK_TIMEOUT_SECONDS', default: '10', meaning: 'one callback attempt, whole' },
  {
    name: 'CALLBACK_CONCURRENCY',
    default: '512',
    meaning: 'callback attempts at once in one worker',
  },
  {
    name: 'CALLBACK_RECEIVER_CONCURRENCY',
    default: '10',
    meaning: 'callback attempts at once to one receiver (origin of a tenant), over all workers',
  },
  {
    name: 'CALLBACK_RECEIVER_PER_SECOND',
    default: '100',
    meaning: 'callback attempts a second to one receiver, over all workers',
  },
  {
    name: 'CALLBACK_ED25519',
    default: 'false',
    meaning: 'true: callbacks carry an Ed25519 signature (`v1a`) too',
  },
  {
    name: 'CALLBACK_DISABLE_AFTER_HOURS',
    default: '',
    meaning: 'hours of nothing but failures after which a receiver is left alone; empty: never',
  },
  {
    name: 'OUTBOUND_DNS_SERVERS',
    default: '',
    meaning:
      'name servers (`ip` or `ip:port`, comma separated) for URLs of tenants and vendors’ answers',
  },
  {
    name: 'OUTBOUND_PROXY',
    default: '',
    meaning:
      'forward proxy for URLs of tenants and vendors’ answers; proxies of the environment are ignored',
    secret: true,
  },
  {
    name: 'OUTPUT_STORE',
    default: 'local',
    meaning: 'where outputs are kept: local (in DATA_DIR) or s3',
  },
  {
    name: 'S3_ENDPOINT',
    default: '',
    meaning: 'base URL of an S3 API, as clients reach it too; unset: that of AWS in S3_REGION',
  },
  { name: 'S3_REGION', default: 'us-east-1', meaning: 'region of the bucket' },
  { name: 'S3_BUCKET', default: '', meaning: 'a bucket of Taskgate’s own; it must exist' },
  { name: 'S3_ACCESS_KEY_ID', default: '', meaning: 'key of the bucket', secret: true },
  { name: 'S3_SECRET_ACCESS_KEY', default: '', meaning: 'secret of that key', secret: true },
  {
    name: 'S3_FORCE_PATH_STYLE',
    default: 'true',
    meaning: 'true: the bucket in the path of the URL; false: before the host',
  },
  { name: 'OUTPUT_TTL_SECONDS', default: '604800', meaning: 'life of an output' },
  { name: 'OUTPUT_MAX_BYTES', default: '2147483648', meaning: 'size of one output at most' },
  {
    name: 'DRAIN_TIMEOUT_SECONDS',
    default: '600',
    meaning: 'how long SIGTERM waits for streams and vendor calls in progress',
  },
  { name: 'TASK_DEADLINE_SECONDS', default: '3600', meaning: 'a task not finished by then fails' },
  { name: 'WORKER_CONCURRENCY', default: '64', meaning: 'jobs at once in one worker' },
  { name: 'TASK_RETENTION_DAYS', default: '90', meaning: 'how long finished tasks are kept' },
  {
    name: 'AUTH_FAILURES_PER_MINUTE',
    default: '60',
    meaning: 'wrong keys that one address may try in any 60 s, in each API process',
  },
  { name: 'AUDIT_RETENTION_DAYS', default: '90', meaning: 'how long audit rows are kept' },
  {
    name: 'BODY_LIMIT_BYTES',
    default: '67108864 on /v1/tasks, 1048576 on /admin/*, 536870912 on the pass-through',
    meaning: 'larger request bodies are answered 413; a value given here holds for all three',
  },
  {
    name: 'PROXY_JSON_LIMIT_BYTES',
    default: '8388608',
    meaning: 'JSON bodies of the pass-through up to this are read whole and judged by policy',
  },
  {
    name: 'UNKNOWN_OBJECTS',
    default: 'unlisted',
    meaning:
      'files, responses, … of the upstream that were not made through the gateway: refuse (404), unlisted (for whoever knows an id; in nobody’s lists), or allow (in every tenant’s lists)',
  },
  {
    name: 'LIMITS_TIMEOUT_MS',
    default: '50',
    meaning:
      'when Redis has not answered by then, a process counts limits alone until it does again',
  },
  {
    name: 'TRUSTED_PROXIES',
    default: '',
    meaning: 'networks (CIDR, comma separated) of proxies whose X-Forwarded-For is believed',
  },
  { name: 'METRICS_TOKEN', default: '', meaning: 'when set, /metrics asks for it', secret: true },
  { name: 'LOG_LEVEL', default: 'info', meaning: 'debug, info, warn or error' },
];
