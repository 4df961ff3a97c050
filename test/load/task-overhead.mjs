import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

/**
 * @typedef {object} Overhead
 * @property {string} model
 * @property {number} medianMs
 * @property {number} p95Ms
 * @property {number} createMedianMs
 */

const HEADERS = { authorization: 'Bearer demo', 'content-type': 'application/json' };
/** The first tasks teach the worker how long the model usually takes. */
const WARM_UP = 5;

/**
 * One task after the other, each timed from the request to the arrival of its success callback.
 * @param {string} url
 * @param {{ model: string, vendorMs: number, tasks: number }} plan
 * @returns {Promise<Overhead>}
 */
export async function measureModel(url, { model, vendorMs, tasks }) {
  const receiver = await startReceiver();
  const added = [];
  const created = [];
  for (let index = -WARM_UP; index < tasks; index += 1) {
    const startedAt = performance.now();
    const taskId = await createTask(url, model, receiver.url);
    const answeredAt = performance.now();
    const { at, status } = await receiver.of(taskId);
    if (status !== 'success') throw new Error(`${model}: task ${taskId} ended in ${status}`);
    if (index < 0) continue;
    added.push(at - startedAt - vendorMs);
    created.push(answeredAt - startedAt);
  }
  receiver.stop();
  return {
    model,
    medianMs: percentile(added, 0.5),
    p95Ms: percentile(added, 0.95),
    createMedianMs: percentile(created, 0.5),
  };
}

/** @param {string} url @param {string} model @param {string} callbackUrl @returns {Promise<string>} */
async function createTask(url, model, callbackUrl) {
  const body = JSON.stringify({
    model,
    input: { prompt: `bench ${model}` },
    callback: { url: callbackUrl },
  });
  const response = await fetch(`${url}/v1/tasks`, { method: 'POST', headers: HEADERS, body });
  const answer = await response.json();
  if (response.status !== 200) throw new Error(`POST /v1/tasks: ${JSON.stringify(answer)}`);
  return answer.data.taskId;
}

async function startReceiver() {
  /** @type {Map<string, { at: number, status: string }>} */
  const arrived = new Map();
  const arrivals = new EventTarget();
  const take = async (request, response) => {
    const at = performance.now();
    const { taskId, status } = await json(request);
    response.end();
    arrived.set(taskId, { at, status });
    arrivals.dispatchEvent(new Event('arrival'));
  };
  const server = createServer((request, response) => void take(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    /** @param {string} taskId */
    of: async (taskId) => {
      const signal = AbortSignal.timeout(60_000);
      for (;;) {
        const one = arrived.get(taskId);
        if (one) return one;
        await once(arrivals, 'arrival', { signal });
      }
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** @param {number[]} values @param {number} share */
function percentile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
}
