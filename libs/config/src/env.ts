import { AdminConfig } from './admin-config.js';
import { type Config, loadConfig } from './config.js';
import { ConfigError } from './variables.js';

/** With `adminConfig` the sole reader of `process.env`. A bad environment ends the process with one line and code 1. */
export function configOrExit(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** For the commands of operators, which need a part of it only. */
export const adminConfig = (): AdminConfig => new AdminConfig(process.env);
