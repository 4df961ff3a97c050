/**
 * @typedef {object} Welcome
 * @property {string} url of the API, as a user of this machine reaches it
 * @property {import('./providers.mjs').ProviderRow[]} rows
 * @property {readonly string[]} tenantKeys
 * @property {string} adminToken
 * @property {string} databaseUrl
 * @property {string} redisUrl
 * @property {string} logs folder
 */

/**
 * What the terminal shows when everything runs.
 * @param {Welcome} welcome
 * @returns {string}
 */
export function welcomeText({ url, rows, tenantKeys, adminToken, databaseUrl, redisUrl, logs }) {
  const key = tenantKeys[0] ?? 'demo';
  return [
    '',
    'Providers',
    ...rows.map(({ name, state, note }) =>
      `  ${name.padEnd(10)} ${state.padEnd(8)} ${note}`.trimEnd(),
    ),
    '',
    `Tenant keys  ${tenantKeys.join(', ')}`,
    `Admin token  ${adminToken}`,
    `Postgres     ${databaseUrl}`,
    `Redis        ${redisUrl}`,
    `Logs         ${logs}`,
    '',
    '# make a picture',
    createCommand(url, key),
    '# look at it (again, until it says "success")',
    `curl -s ${url}/v1/tasks/$TASK -H 'Authorization: Bearer ${key}'`,
    '# talk to OpenAI through the gateway',
    chatCommand(url, key),
    '',
    `Taskgate is ready on ${url}`,
  ].join('\n');
}

/**
 * Also keeps the id of the task, so that the next command works as it is.
 * @param {string} url
 * @param {string} key
 */
const createCommand = (url, key) =>
  `TASK=$(${post(url, key, '/v1/tasks')} -d '${JSON.stringify({
    model: 'qwen-image-2-0',
    input: { prompt: 'a glass data center at golden hour, isometric', aspect_ratio: '16:9' },
  })}' | grep -o 'tk-[0-9A-Za-z]*'); echo $TASK`;

/**
 * @param {string} url
 * @param {string} key
 */
const chatCommand = (url, key) =>
  `${post(url, key, '/v1/chat/completions')} -d '${JSON.stringify({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'Say hello.' }],
  })}'`;

/**
 * @param {string} url
 * @param {string} key
 * @param {string} path
 */
const post = (url, key, path) =>
  `curl -s ${url}${path} -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json'`;

/**
 * The keys in INTERNAL_KEYS: `a,b` are their own keys, `name:key` has another.
 * @param {string} internalKeys
 * @returns {string[]}
 */
export const tenantKeysOf = (internalKeys) =>
  internalKeys
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map((entry) => entry.slice(entry.indexOf(':') + 1));
