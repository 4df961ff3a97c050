import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * Posts a second of a bare loop in a process of its own; see `bare-posts-process.mjs`.
 * @param {{ urls: readonly string[], posts: number, atOnce: number, body: string }} plan
 * @returns {Promise<number>}
 */
export async function postBare(plan) {
  const child = fork(new URL('bare-posts-process.mjs', import.meta.url));
  child.send(plan);
  const [{ ms }] = await once(child, 'message');
  return (1000 * plan.posts) / ms;
}
