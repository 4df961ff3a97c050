import { appendFileSync } from 'node:fs';
const require_log = (t: string) => appendFileSync('/tmp/h-policy-bench/out.txt', process.cwd() + ' ' + t + '\n');
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { stand } from './testing/stand.js';
const PEER = '/tmp/h-policy-bench/peer.mjs';
it('bench', async () => {
  const up = spawn('node', [PEER, 'upstream']);
  const [port] = (await once(up.stdout, 'data')) as [Buffer];
  const s = await stand(() => undefined, { baseUrl: `http://127.0.0.1:${String(port).trim()}/v1`, maxBodyBytes: 1e9, ...({ maxJsonBytes: 8388608, maxHeldBytes: 2 ** 28, ...(process.env['RULES'] && { policy: { models: { allow: ['gpt-*'] } } }) } as object) });
  const round = async (n: number, size: number) => {
    const before = process.cpuUsage(); const t = performance.now();
    const c = spawn('node', [PEER, 'client', `${s.front.url}/v1/chat/completions`, String(n), String(size)], { stdio: ['ignore', 'inherit', 'inherit'] });
    const [code] = (await once(c, 'exit')) as [number]; expect(code).toBe(0);
    const used = process.cpuUsage(before);
    return { cpuUs: Math.round((used.user + used.system) / n), wallUs: Math.round(((performance.now() - t) * 1000) / n) };
  };
  const out: unknown[] = [];
  await round(500, 400);
  for (let i = 0; i < 2; i += 1) { out.push(['400B', await round(1200, 400)]); out.push(['1MB', await round(40, 1_000_000)]); }
  await s.close(); up.kill();
  require_log(JSON.stringify(out));
}, 300_000);
