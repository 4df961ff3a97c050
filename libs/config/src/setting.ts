import { ConfigError } from './variables.js';

/**
 * Runs a parser of another lib on a setting's value, so that what it refuses names the variable.
 * @throws ConfigError
 */
export function setting<T>(variable: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(reason.startsWith(variable) ? reason : `${variable}: ${reason}`);
  }
}
