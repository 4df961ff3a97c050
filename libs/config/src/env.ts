import { type Config, loadConfig } from './config.js';
import { ConfigError } from './variables.js';

/** The sole reader of `process.env`. A bad environment ends the process with one line and code 1. */
export function configOrExit(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
