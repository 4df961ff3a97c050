/** What stands for "every address" cannot be called; this machine answers there on loopback. */
const EVERYWHERE = new Set(['0.0.0.0', '::', '']);

/**
 * The host under which this machine reaches what listens on HOST.
 * @param {string} host
 * @returns {string} fit for a URL
 */
export function reachableHost(host) {
  if (EVERYWHERE.has(host)) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * The address to show to a person.
 * @param {string} host
 * @param {number} port
 * @returns {string}
 */
export function shownUrl(host, port) {
  const reachable = reachableHost(host);
  return `http://${reachable === '127.0.0.1' ? 'localhost' : reachable}:${port}`;
}
