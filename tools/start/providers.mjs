/**
 * @typedef {Readonly<Record<string, string | undefined>>} Environment
 *
 * @typedef {object} Provider
 * @property {string} name as users know it
 * @property {readonly (readonly string[])[]} needs one variable of each group makes it live; NAME_FILE counts as NAME
 * @property {string} baseUrl the variable of its base URL
 * @property {string} sandboxPath where the sandbox answers for it
 * @property {string} prefix of the variables of its limits
 * @property {Readonly<Record<string, string>>} [sandbox] what it needs there, beyond a key
 *
 * @typedef {{ name: string, state: 'live' | 'sandbox', note: string }} ProviderRow
 */

/** The key that the sandbox vendors take. */
export const SANDBOX_KEY = 'sandbox';

/** The sandbox takes what comes: a real vendor's limits would only make a first try crawl. */
const SANDBOX_LIMITS = {
  MAX_IN_FLIGHT: '1000',
  SUBMITS_PER_SECOND: '200',
  CHECKS_PER_SECOND: '500',
};

/** @type {readonly Provider[]} */
const PROVIDERS = [
  {
    name: 'OpenAI',
    needs: [['OPENAI_API_KEY']],
    baseUrl: 'OPENAI_BASE_URL',
    sandboxPath: '/openai/v1',
    prefix: 'OPENAI',
  },
  {
    name: 'DashScope',
    needs: [['DASHSCOPE_API_KEY']],
    baseUrl: 'DASHSCOPE_BASE_URL',
    sandboxPath: '/dashscope/api/v1',
    prefix: 'DASHSCOPE',
  },
  {
    name: 'BFL',
    needs: [['BFL_API_KEY']],
    baseUrl: 'BFL_BASE_URL',
    sandboxPath: '/bfl/v1',
    prefix: 'BFL',
  },
  {
    name: 'Gemini',
    needs: [['GEMINI_API_KEY']],
    baseUrl: 'GEMINI_BASE_URL',
    sandboxPath: '/gemini',
    prefix: 'GEMINI',
  },
  {
    name: 'Vertex',
    needs: [['VERTEX_PROJECT'], ['GOOGLE_APPLICATION_CREDENTIALS', 'VERTEX_ACCESS_TOKEN']],
    baseUrl: 'VERTEX_BASE_URL',
    sandboxPath: '/vertex',
    prefix: 'VERTEX',
    sandbox: {
      VERTEX_PROJECT: 'sandbox',
      VERTEX_LOCATION: 'us-central1',
      VERTEX_ACCESS_TOKEN: SANDBOX_KEY,
    },
  },
  {
    name: 'Ark',
    needs: [['ARK_API_KEY']],
    baseUrl: 'ARK_BASE_URL',
    sandboxPath: '/ark/api/v3',
    prefix: 'ARK',
  },
  {
    name: 'Compatible',
    needs: [['OPENAI_COMPATIBLE_BASE_URL'], ['OPENAI_COMPATIBLE_API_KEY']],
    baseUrl: 'OPENAI_COMPATIBLE_BASE_URL',
    sandboxPath: '/compatible/v1',
    prefix: 'OPENAI_COMPATIBLE',
    sandbox: {
      OPENAI_COMPATIBLE_API_KEY: SANDBOX_KEY,
      OPENAI_COMPATIBLE_IMAGE_MODELS: 'sandbox-image',
      OPENAI_COMPATIBLE_VIDEO_MODELS: 'sora-2',
    },
  },
];

/** Where each vendor is played, below the sandbox's own URL, and which variable names its base URL. */
export const STAND_INS = PROVIDERS.map(({ name, baseUrl, sandboxPath }) => ({
  name,
  baseUrl,
  path: sandboxPath,
}));

/**
 * Who is real and who is played by the sandbox. A provider without a key goes there whole: what was
 * set of it is taken away, so that no half of a real account is used. Limits that the user set stay.
 * @param {Environment} env the user's
 * @param {string} sandboxUrl
 * @returns {{ environment: Record<string, string | undefined>, rows: ProviderRow[] }}
 *   variables to put over the user's (undefined: take it away), and the table to show
 */
export function chooseProviders(env, sandboxUrl) {
  const played = PROVIDERS.filter((provider) => !isLive(provider, env));
  return {
    environment: Object.fromEntries(
      played.flatMap((one) => Object.entries(sandboxEnvironment(one, env, sandboxUrl))),
    ),
    rows: PROVIDERS.map((provider) => row(provider, env)),
  };
}

/**
 * @param {Environment} env
 * @param {string} name
 * @returns {boolean} set to something, by itself or by a file
 */
export const isSet = (env, name) => Boolean(env[name]?.trim() || env[`${name}_FILE`]?.trim());

/**
 * @param {Provider} provider
 * @param {Environment} env
 */
const isLive = (provider, env) =>
  provider.needs.every((group) => group.some((name) => isSet(env, name)));

/**
 * @param {Provider} provider
 * @param {Environment} env
 * @param {string} sandboxUrl
 * @returns {Record<string, string | undefined>}
 */
function sandboxEnvironment(provider, env, sandboxUrl) {
  const names = provider.needs.flat();
  const cleared = names.flatMap((name) => [name, `${name}_FILE`]);
  return {
    ...Object.fromEntries(cleared.map((name) => [name, undefined])),
    ...(provider.sandbox ?? Object.fromEntries(names.map((name) => [name, SANDBOX_KEY]))),
    [provider.baseUrl]: sandboxUrl + provider.sandboxPath,
    ...sandboxLimits(provider, env),
  };
}

/**
 * @param {Provider} provider
 * @param {Environment} env
 * @returns {Record<string, string>}
 */
function sandboxLimits({ prefix }, env) {
  const limits = Object.entries(SANDBOX_LIMITS).map(
    ([limit, value]) => /** @type {const} */ ([`${prefix}_${limit}`, value]),
  );
  return Object.fromEntries(limits.filter(([name]) => !isSet(env, name)));
}

/**
 * @param {Provider} provider
 * @param {Environment} env
 * @returns {ProviderRow}
 */
function row(provider, env) {
  if (isLive(provider, env)) return { name: provider.name, state: 'live', note: '' };
  const missing = provider.needs
    .filter((group) => !group.some((name) => isSet(env, name)))
    .map((group) => group.join(' or '));
  return { name: provider.name, state: 'sandbox', note: `live with ${missing.join(' and ')}` };
}
