import { inject } from 'vitest';
import { portState } from '../../tools/start/free-port.mjs';
import { withRedis } from './with-redis.js';

/** Below those that systems give to whoever asks for any port, so that nobody gets one by chance. */
const FIRST = 10_000;
const COUNT = 20_000;

/**
 * A port that nobody else of this run is given, ever: it is still free after its process was killed,
 * whatever the files beside this one start meanwhile.
 */
export async function ownPort(): Promise<number> {
  const { href, port: apartFromOtherRuns } = new URL(inject('redisUrl'));
  return await withRedis(href, async (client) => {
    for (;;) {
      const number = await client.incr('ports-given-out');
      const port = FIRST + ((Number(apartFromOtherRuns) * 37 + number) % COUNT);
      if ((await portState(port)) === 'free') return port;
    }
  });
}
