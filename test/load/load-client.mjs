import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

/**
 * Calls over connections that stay open, at most `connections` at once.
 * @param {string} url
 * @param {{ key: string, connections: number }} options
 */
export function openLoadClient(url, { key, connections }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const { hostname, port } = new URL(url);
  /**
   * @param {string} path
   * @param {unknown} [body]
   * @param {Record<string, string>} [more] headers
   * @returns {Promise<{ status: number, body: any, ms: number }>}
   */
  const call = (path, body, more = {}) =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const method = body === undefined ? 'GET' : 'POST';
      const sent = request(
        { hostname, port, path, method, agent, headers: { ...headers, ...more } },
        (response) => {
          resolve(readAnswer(response, startedAt));
        },
      );
      sent.once('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return { call, close: () => agent.destroy() };
}

/** @param {import('node:http').IncomingMessage} response @param {number} startedAt */
async function readAnswer(response, startedAt) {
  const body = JSON.parse(await text(response));
  return { status: response.statusCode ?? 0, body, ms: performance.now() - startedAt };
}

/**
 * Runs `work` for each number below `count`, `width` at a time.
 * @template T
 * @param {number} count
 * @param {number} width
 * @param {(index: number) => Promise<T>} work
 * @returns {Promise<T[]>}
 */
export async function inParallel(count, width, work) {
  const results = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(width, count) }, async () => {
      for (let index = next++; index < count; index = next++) results[index] = await work(index);
    }),
  );
  return results;
}

/**
 * @param {ReturnType<typeof openLoadClient>} client
 * @param {object} task
 * @param {Record<string, string>} [headers]
 * @returns {Promise<string>} its id
 */
export async function createTask(client, task, headers) {
  const { status, body } = await client.call('/v1/tasks', task, headers);
  if (status !== 200) throw new Error(`POST /v1/tasks: ${status} ${JSON.stringify(body)}`);
  return body.data.taskId;
}
