import { describe, expect, it } from 'vitest';
import type { AdminCommand } from './command.js';
import { COMMANDS } from './commands.js';
import { helpText, readLine } from './read-line.js';

const run: AdminCommand['run'] = async () =>
  await Promise.resolve({ ok: true, lines: [], data: {} });
const verify: AdminCommand = {
  name: 'audit verify',
  summary: 'proves it',
  options: { head: { takes: 'SEQ:HASH', summary: 'as it was noted' } },
  run,
};
const commands = [verify, { name: 'rekey', summary: 'seals again', run }];
const read = (line: string) => readLine(line.split(' ').filter(Boolean), commands);

describe('the command line of operators', () => {
  it('finds a command of one or two words, its options and --json', () => {
    expect(read('rekey')).toEqual({ command: commands[1], options: new Map(), json: false });
    expect(read('audit verify --json --head 7:abc')).toEqual({
      command: verify,
      options: new Map([['head', '7:abc']]),
      json: true,
    });
  });

  it.each(['', '--help', 'rekey -h'])('shows the help for "%s"', (line) => {
    expect(read(line).command).toBeNull();
  });

  it.each([
    ['audit', 'there is no command "admin audit"; commands are audit verify, rekey'],
    ['rekey now', 'there is no command "admin rekey now"; commands are audit verify, rekey'],
    ['rekey --head 7', 'admin rekey takes no --head'],
    ['rekey --colour', "Unknown option '--colour' (npx taskgate admin --help)"],
    ['audit verify --head', "Option '--head <value>' argument missing (npx taskgate admin --help)"],
  ])('refuses "%s" in one line', (line, message) => {
    expect(() => read(line)).toThrow(message);
  });

  it('names every command and option in the help', () => {
    const help = helpText(COMMANDS);
    for (const { name, options = {} } of COMMANDS) {
      expect(help).toContain(`  ${name} `);
      for (const option of Object.keys(options)) expect(help).toContain(`--${option} `);
    }
  });
});
