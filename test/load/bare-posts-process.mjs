// The least that could send callbacks: undici posts what it is told, with the headers and the two
// signatures of the product, and keeps nothing. Answers how long all of them took.
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'undici';

const SECRET = Buffer.alloc(32, 7);
const SECRET_TEXT = `whsec_${SECRET.toString('base64')}`;

const [{ urls, posts, atOnce, body }] = await once(process, 'message');
const dispatcher = new Agent({ connections: Math.max(1, Math.ceil(atOnce / urls.length)) });
const startedAt = performance.now();
let next = 0;
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    for (let index = next++; index < posts; index = next++) await post(urls[index % urls.length]);
  }),
);
process.send?.({ ms: performance.now() - startedAt });
await dispatcher.close();
process.disconnect();

/** @param {string} url */
async function post(url) {
  const { body: answer } = await request(url, {
    method: 'POST',
    headers: headers(),
    body,
    dispatcher,
  });
  await answer.dump();
}

function headers() {
  const id = `msg_${randomUUID()}`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const standard = createHmac('sha256', SECRET).update(`${id}.${timestamp}.${body}`);
  return {
    'content-type': 'application/json',
    'user-agent': 'bare',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${standard.digest('base64')}`,
    'x-hiapi-timestamp': timestamp,
    'x-hiapi-signature': createHmac('sha256', SECRET_TEXT)
      .update(`${timestamp}.${body}`)
      .digest('hex'),
    'x-taskgate-event': 'task.success',
    'x-taskgate-attempt': '1',
  };
}
