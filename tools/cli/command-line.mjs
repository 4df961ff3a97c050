import { parseArgs } from 'node:util';
import { sentenceOf, StartError } from '../start/output.mjs';

/**
 * @typedef {object} SandboxCommand
 * @property {'sandbox'} command
 * @property {number | undefined} port
 * @property {number | undefined} delayMs how long an image or video vendor works on a job
 *
 * @typedef {object} AdminCommand
 * @property {'admin'} command
 * @property {string[]} args what follows; apps/admin reads it
 *
 * @typedef {SandboxCommand | AdminCommand | { command: 'up' } | { command: 'help' }} CommandLine
 */

export const HELP = [
  'Usage: npx taskgate <command>',
  '',
  '  sandbox     stand-ins of the vendors, to test your own integration against',
  '                --port N       where they listen on 127.0.0.1 (8100)',
  '                --delay-ms N   how long they work on a picture or film (1000)',
  '  up          the whole of Taskgate on this machine, as `npm start`',
  '  admin       what operators do beside the running gateway; `admin --help` lists it',
  '',
  '  --help      this text',
].join('\n');

const COMMANDS = ['sandbox', 'up', 'admin'];
const MAX_PORT = 65_535;
const MAX_DELAY_MS = 3_600_000;

/**
 * @param {readonly string[]} args what follows the program's name
 * @returns {CommandLine}
 * @throws {StartError} what is not known or not taken, in one line
 */
export function readCommandLine(args) {
  if (args[0] === 'admin') return { command: 'admin', args: args.slice(1) };
  const { values, positionals } = parse(args);
  const [command, ...more] = positionals;
  if (values.help || (command === undefined && args.length === 0)) return { command: 'help' };
  if (command === undefined || !COMMANDS.includes(command)) {
    const said =
      command === undefined ? 'name a command first' : `there is no command "${command}"`;
    throw new StartError(`${said}; commands are ${COMMANDS.join(', ')} (npx taskgate --help)`);
  }
  if (more.length > 0) throw new StartError(`"${more[0]}" is one word too many after ${command}`);
  if (command === 'sandbox') {
    return {
      command,
      port: wholeNumber('--port', values.port, 1, MAX_PORT),
      delayMs: wholeNumber('--delay-ms', values['delay-ms'], 0, MAX_DELAY_MS),
    };
  }
  const [option] = Object.keys(values);
  if (option !== undefined) throw new StartError(`up takes no --${option}`);
  return { command: 'up' };
}

/** @param {readonly string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        port: { type: 'string' },
        'delay-ms': { type: 'string' },
      },
    });
  } catch (error) {
    const [sentence = ''] = sentenceOf(error).split(/[.\n]/, 1);
    throw new StartError(`${sentence} (npx taskgate --help)`);
  }
}

/**
 * @param {string} option
 * @param {string | undefined} text
 * @param {number} min
 * @param {number} max
 */
function wholeNumber(option, text, min, max) {
  if (text === undefined) return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (value >= min && value <= max) return value;
  throw new StartError(`${option} takes a whole number from ${min} to ${max}, not "${text}"`);
}
