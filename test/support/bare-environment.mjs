const KEPT = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'TERM'];

/**
 * What is left of the user's environment for the gateway and for the clients: nothing that names a
 * real vendor's key, another gateway or a proxy, so that no test can spend money or leave the machine.
 * @param {Readonly<Record<string, string | undefined>>} [env]
 * @returns {Record<string, string>}
 */
export function bareEnvironment(env = process.env) {
  return Object.fromEntries(KEPT.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}
