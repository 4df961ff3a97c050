import { Secret } from './secret.js';

/** A setting that stops the process: one line, naming the variable and what it takes, never its value. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

/** Reads single variables of one environment; the parsers say what a variable takes. */
export class Variables {
  constructor(
    private readonly environment: Readonly<Record<string, string | undefined>>,
    private readonly refreshMs = 30_000,
  ) {}

  /** The variable's text; empty counts as absent. */
  text(name: string): string | undefined {
    return this.environment[name]?.trim() || undefined;
  }

  requiredText(name: string, takes: string): string {
    const text = this.text(name);
    if (text === undefined) throw new ConfigError(`${name} is missing; set it to ${takes}`);
    return text;
  }

  /** The variable, or the file that `NAME_FILE` points at. */
  secret(name: string): Secret | undefined {
    const value = this.text(name);
    if (value !== undefined) return Secret.of(value);
    const path = this.text(`${name}_FILE`);
    if (path === undefined) return undefined;
    try {
      return Secret.fromFile(path, this.refreshMs);
    } catch {
      throw new ConfigError(`${name}_FILE: cannot read the file; give the path of a readable file`);
    }
  }

  requiredSecret(name: string, takes: string): Secret {
    const secret = this.secret(name);
    if (!secret) throw new ConfigError(`${name} is missing; set it (or ${name}_FILE) to ${takes}`);
    return secret;
  }

  integer(name: string, fallback: number, range: { min: number; max: number }): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = Number(text);
    if (!Number.isInteger(value) || value < range.min || value > range.max) {
      throw new ConfigError(`${name} takes a whole number from ${range.min} to ${range.max}`);
    }
    return value;
  }

  oneOf<T extends string>(name: string, fallback: T, values: readonly T[]): T {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const found = values.find((value) => value === text);
    if (!found) throw new ConfigError(`${name} takes one of: ${values.join(', ')}`);
    return found;
  }

  url(name: string, fallback: string): string {
    const text = this.text(name) ?? fallback;
    requireWebUrl(name, text);
    return text.replace(/\/+$/, '');
  }

  /** A URL with a password in it. */
  secretUrl(name: string): Secret | undefined {
    const secret = this.secret(name);
    if (secret) requireWebUrl(name, secret.reveal());
    return secret;
  }
}

function requireWebUrl(name: string, text: string): void {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return;
  throw new ConfigError(`${name} takes an http or https URL`);
}
