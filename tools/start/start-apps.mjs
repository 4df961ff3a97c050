import { join } from 'node:path';
import { reachableHost } from './addresses.mjs';
import { appEntry } from './build.mjs';
import { openLog } from './log-file.mjs';
import { startNodeApp } from './node-app.mjs';
import { complain } from './output.mjs';
import { PROJECT_ROOT } from './project.mjs';
import { shortLogLine } from './short-log-line.mjs';

/**
 * @typedef {object} AppOptions
 * @property {string} node
 * @property {Record<string, string>} environment
 * @property {import('./environment.mjs').Ports} ports
 * @property {string} host
 * @property {string} dataDir
 * @property {import('./parts.mjs').Parts} parts
 */

/**
 * Starts the sandbox vendors, the worker and the API, at the same time; they are stopped one by one
 * in the other order, so that the vendors stay until nobody asks them any more.
 * @param {AppOptions} options
 * @returns {Promise<void>} when all of them are ready
 */
export async function startApps(options) {
  const host = reachableHost(options.host);
  const { sandbox, worker, api } = options.ports;
  await Promise.all([
    startApp(options, 'sandbox', `http://127.0.0.1:${sandbox}/_sandbox/submits`),
    startApp(options, 'worker', `http://${host}:${worker}/readyz`),
    startApp(options, 'api', `http://${host}:${api}/readyz`),
  ]);
}

/** How people call them. */
const NAMES = { sandbox: 'the sandbox', worker: 'the worker', api: 'the API' };

/**
 * @param {AppOptions} options
 * @param {keyof typeof NAMES} app
 * @param {string} readyUrl
 */
async function startApp({ node, environment, dataDir, parts }, app, readyUrl) {
  const log = openLog(join(dataDir, 'logs', `${app}.log`));
  const onLine = (/** @type {string} */ line, /** @type {'stdout' | 'stderr'} */ stream) => {
    log.write(line);
    const shown = shortLogLine(app, line, stream);
    if (shown) complain(shown);
  };
  const how = { name: NAMES[app], node, entry: appEntry(app), cwd: PROJECT_ROOT, env: environment };
  await parts.add(NAMES[app], (stopping) => startNodeApp({ ...how, readyUrl, onLine, stopping }));
}
