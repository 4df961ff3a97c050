import { readFileSync } from 'node:fs';
import { StartError } from './output.mjs';
import { chooseProviders, isSet } from './providers.mjs';

/**
 * @typedef {import('./providers.mjs').Environment} Environment
 * @typedef {{ api: number, worker: number, sandbox: number }} Ports
 */

/** What `npm start` sets where the user did not. */
export const DEFAULTS = {
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  INTERNAL_KEYS: 'demo',
  CALLBACK_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
  DRAIN_TIMEOUT_SECONDS: '30',
};

const PORTS = [
  { name: 'PORT', normal: 8000 },
  { name: 'WORKER_PORT', normal: 8001 },
  { name: 'SANDBOX_PORT', normal: 8100 },
];

/**
 * @param {Environment} env
 * @returns {Ports}
 * @throws {StartError} naming the variable that holds no port, or two that hold the same
 */
export function choosePorts(env) {
  const chosen = PORTS.map(({ name, normal }) => ({ name, port: portOf(env, name, normal) }));
  for (const { name, port } of chosen) {
    const twin = chosen.find((other) => other.port === port && other.name !== name);
    if (twin)
      throw new StartError(`${name} and ${twin.name} are both ${port}: each needs its own.`);
  }
  const [api = 0, worker = 0, sandbox = 0] = chosen.map(({ port }) => port);
  return { api, worker, sandbox };
}

/**
 * @param {Environment} env
 * @param {string} name
 * @param {number} normal
 */
function portOf(env, name, normal) {
  const text = env[name]?.trim() || String(normal);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new StartError(`${name} must be a port, 1 to 65535; it is "${text}".`);
}

/**
 * The environment of every process that the starter runs: the user's own wins, then what was started
 * and generated here, then the sandbox for each provider without a key.
 * @param {object} options
 * @param {Environment} options.env the user's
 * @param {Ports} options.ports
 * @param {string} options.dataDir absolute
 * @param {string} [options.databaseUrl] of the embedded Postgres
 * @param {string} [options.redisUrl]
 * @param {{ adminToken: string, masterKey: string }} options.secrets used where the user has none
 * @returns {{ environment: Record<string, string>, rows: import('./providers.mjs').ProviderRow[] }}
 */
export function processEnvironment({ env, ports, dataDir, databaseUrl, redisUrl, secrets }) {
  const chosen = chooseProviders(env, `http://127.0.0.1:${ports.sandbox}`);
  /** @type {Record<string, string | undefined>} */
  const ours = {
    ...DEFAULTS,
    ADMIN_TOKEN: secrets.adminToken,
    MASTER_KEY: secrets.masterKey,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
  };
  const missing = Object.entries(ours).filter(([name]) => !isSet(env, name));
  const whole = {
    ...env,
    ...Object.fromEntries(missing),
    ...chosen.environment,
    DATA_DIR: dataDir,
    PORT: String(ports.api),
    WORKER_PORT: String(ports.worker),
    SANDBOX_PORT: String(ports.sandbox),
  };
  return { environment: withoutUndefined(whole), rows: chosen.rows };
}

/**
 * @param {Environment} env
 * @param {string} name
 * @returns {string | undefined} its value, or what its NAME_FILE holds
 * @throws {StartError} the file cannot be read
 */
export function settingOf(env, name) {
  const value = env[name]?.trim();
  const file = env[`${name}_FILE`]?.trim();
  if (value || !file) return value || undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new StartError(`${name}_FILE: cannot read ${file}`, { cause: error });
  }
}

/**
 * @param {Record<string, string | undefined>} record
 * @returns {Record<string, string>}
 */
const withoutUndefined = (record) =>
  Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
