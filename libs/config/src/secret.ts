import { readFileSync, statSync } from 'node:fs';

/** A value that no log, error or JSON can show. `reveal()` is the only way to it. */
export class Secret {
  private constructor(private readonly read: () => string) {}

  static of(value: string): Secret {
    return new Secret(() => value);
  }

  /**
   * A mounted secret: read again when the file changes and at least every `refreshMs`, so that it
   * rotates with no restart. While the file is unreadable the last value stays in force.
   */
  static fromFile(path: string, refreshMs: number): Secret {
    let value = readFileSync(path, 'utf8').trim();
    let modifiedMs = statSync(path).mtimeMs;
    let checkedAtMs = Date.now();
    let readAtMs = checkedAtMs;
    return new Secret(() => {
      const now = Date.now();
      if (now - checkedAtMs < CHECK_EVERY_MS) return value;
      checkedAtMs = now;
      const seenMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      if (seenMs === undefined) return value;
      if (seenMs !== modifiedMs || now - readAtMs >= refreshMs) {
        value = readOrKeep(path, value);
        modifiedMs = seenMs;
        readAtMs = now;
      }
      return value;
    });
  }

  reveal(): string {
    return this.read();
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

const CHECK_EVERY_MS = 1000;

/** A file that is being replaced may be empty or gone for a moment; the old value still works then. */
function readOrKeep(path: string, previous: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || previous;
  } catch {
    return previous;
  }
}
