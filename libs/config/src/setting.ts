import { ConfigError } from './variables.js';

/**
 * Runs a parser of another lib on a setting's value, so that what it refuses names the variable.
 * @throws ConfigError
 */
export function setting<T>(variable: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const reason = reasonOf(error);
    throw new ConfigError(reason.startsWith(variable) ? reason : `${variable}: ${reason}`);
  }
}

/** As `setting`, for what reads several variables and names the bad one itself. @throws ConfigError */
export function settings<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new ConfigError(reasonOf(error));
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
