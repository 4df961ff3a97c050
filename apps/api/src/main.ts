import 'reflect-metadata';
import { ConfigError, configOrExit } from '@app/config';
import { createLogger } from '@app/observability';
import { startApi } from './start-api.js';

const config = configOrExit();
const logger = createLogger({ name: 'api', level: config.logLevel });

try {
  const api = await startApi(config, logger);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      logger.info({ signal }, 'api stops');
      void api.stop().then(() => process.exit(0));
      // Something that cannot be closed (a Redis that is away) must not keep the process for ever.
      setTimeout(() => process.exit(1), config.drainTimeoutMs + 10_000).unref();
    });
  }
} catch (error) {
  if (!(error instanceof ConfigError)) logger.fatal({ err: error }, 'api cannot start');
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
