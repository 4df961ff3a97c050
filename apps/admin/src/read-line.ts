import { parseArgs } from 'node:util';
import { ConfigError } from '@app/config';
import type { AdminCommand } from './command.js';

export interface AdminLine {
  /** Null: the help was asked for. */
  readonly command: AdminCommand | null;
  readonly options: ReadonlyMap<string, string>;
  readonly json: boolean;
}

/**
 * @param args what follows `taskgate admin`
 * @throws ConfigError what is not known or not taken, in one line
 */
export function readLine(args: readonly string[], commands: readonly AdminCommand[]): AdminLine {
  const { values, positionals } = parse(args, commands);
  const json = values['json'] === true;
  if (values['help'] === true || args.length === 0) {
    return { command: null, options: new Map(), json };
  }
  const name = positionals.join(' ');
  const command = commands.find((one) => one.name === name);
  if (!command) {
    const known = commands.map((one) => one.name).join(', ');
    throw new ConfigError(`there is no command "admin ${name}"; commands are ${known}`);
  }
  const options = new Map<string, string>();
  for (const [option, value] of Object.entries(values)) {
    if (option === 'json') continue;
    if (!command.options?.[option]) throw new ConfigError(`admin ${name} takes no --${option}`);
    if (typeof value === 'string') options.set(option, value);
  }
  return { command, options, json };
}

export function helpText(commands: readonly AdminCommand[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const lines = commands.flatMap(({ name, summary, options = {} }) => [
    `  ${name.padEnd(width)}${summary}`,
    ...Object.entries(options).map(
      ([option, { takes, summary: says }]) =>
        `  ${' '.repeat(width)}  --${option} ${takes}  ${says}`,
    ),
  ]);
  return [
    'Usage: npx taskgate admin <command> [--json]',
    '',
    ...lines,
    '',
    'They read DATABASE_URL, and REDIS_URL or MASTER_KEY where they need it, as the API does.',
    'The exit code is 1 where a proof failed or something is left to do.',
  ].join('\n');
}

function parse(args: readonly string[], commands: readonly AdminCommand[]) {
  const names = commands.flatMap(({ options = {} }) => Object.keys(options));
  const taking = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...taking, help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } },
    });
  } catch (error) {
    const [sentence = ''] = String(error instanceof Error ? error.message : error).split(/[.\n]/);
    throw new ConfigError(`${sentence} (npx taskgate admin --help)`);
  }
}
