import type { AdminTools } from './admin-tools.js';

/** One thing that an operator asks for: `npx taskgate admin <name>`. */
export interface AdminCommand {
  /** One or two words. */
  readonly name: string;
  /** One line of the help. */
  readonly summary: string;
  /** Options besides `--json`: what each takes, and what for. */
  readonly options?: Readonly<Record<string, { readonly takes: string; readonly summary: string }>>;
  /** @throws ConfigError or GatewayError for what the operator can mend; anything else is a bug */
  run(tools: AdminTools, options: ReadonlyMap<string, string>): Promise<CommandResult>;
}

export interface CommandResult {
  /** False: the proof failed or something is left to do; the exit code is 1. */
  readonly ok: boolean;
  /** For people. */
  readonly lines: readonly string[];
  /** For programs, with `--json`; what JSON can carry. */
  readonly data: Readonly<Record<string, unknown>>;
}
