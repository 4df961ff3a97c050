import 'reflect-metadata';
import { ConfigError, configOrExit } from '@app/config';
import { createLogger } from '@app/observability';
import { startWorker } from './start-worker.js';

const config = configOrExit();
const logger = createLogger({ name: 'worker', level: config.logLevel });

try {
  const worker = await startWorker(config, logger);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      logger.info({ signal }, 'worker stops');
      void worker.stop().then(() => process.exit(0));
      // Something that cannot be closed (a Redis that is away) must not keep the process for ever.
      setTimeout(() => process.exit(1), config.drainTimeoutMs + 10_000).unref();
    });
  }
} catch (error) {
  if (!(error instanceof ConfigError)) logger.fatal({ err: error }, 'worker cannot start');
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
