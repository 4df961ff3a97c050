// Receivers of callbacks in a process of their own, so that they share no event loop with what is
// measured. It listens on one port of every loopback address, so each address is an origin of its own:
// `/hook` is answered at once, `/tarpit` never. Whoever forked it asks `count`, `collect` or `clear`.
import { once } from 'node:events';
import { createServer } from 'node:http';

/** @type {{ id: string, at: number }[]} */
let arrived = [];
let tarpitOpen = 0;
let tarpitMost = 0;

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  request.resume();
  if (request.url === '/tarpit') {
    tarpitOpen += 1;
    tarpitMost = Math.max(tarpitMost, tarpitOpen);
    response.once('close', () => {
      tarpitOpen -= 1;
    });
    return;
  }
  const at = performance.timeOrigin + performance.now();
  arrived.push({ id: String(request.headers['webhook-id']), at });
  response.writeHead(200, { 'content-length': 2 }).end('ok');
});
server.listen({ port: 0, host: '0.0.0.0', backlog: 4_096 });
await once(server, 'listening');
process.send?.({ port: server.address().port });

process.on('message', (question) => {
  if (question === 'clear') {
    arrived = [];
    tarpitMost = tarpitOpen;
  }
  const answer = { count: arrived.length, tarpitMost };
  process.send?.(question === 'collect' ? { ...answer, arrived } : answer);
});
process.once('disconnect', () => process.exit());
