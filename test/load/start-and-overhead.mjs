import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../tools/start/free-port.mjs';
import { PROJECT_ROOT } from '../../tools/start/project.mjs';
import { startProduct } from './start-product.mjs';
import { measureModel } from './task-overhead.mjs';

const MODELS = ['qwen-image-2-0', 'gpt-image-2', 'flux-2-pro', 'veo-3-1', 'happyhorse-1-0'];
const VENDOR_MS = 1000;

/**
 * A fresh clone to ready, a second start, and what the gateway adds to a vendor's own time.
 * @param {{ tasksPerModel: number }} size
 */
export async function measureStartAndOverhead({ tasksPerModel }) {
  const clone = join(mkdtempSync(join(tmpdir(), 'taskgate-bench-')), 'taskgate');
  try {
    execFileSync('git', ['clone', '--quiet', PROJECT_ROOT, clone]);
    const env = await environment();
    const first = await startProduct(clone, env);
    await first.stop();
    const second = await startProduct(clone, env);
    const overhead = [];
    for (const model of MODELS) {
      overhead.push(
        await measureModel(second.url, { model, vendorMs: VENDOR_MS, tasks: tasksPerModel }),
      );
    }
    await second.stop();
    return {
      firstStartMs: first.readyMs,
      secondStartMs: second.readyMs,
      vendorMs: VENDOR_MS,
      tasksPerModel,
      overhead,
    };
  } finally {
    rmSync(join(clone, '..'), { recursive: true, force: true });
  }
}

async function environment() {
  const [PORT, WORKER_PORT, SANDBOX_PORT] = await Promise.all([freePort(), freePort(), freePort()]);
  return {
    PORT: String(PORT),
    WORKER_PORT: String(WORKER_PORT),
    SANDBOX_PORT: String(SANDBOX_PORT),
    SANDBOX_DELAY_MS: String(VENDOR_MS),
  };
}
