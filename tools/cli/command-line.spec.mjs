import { describe, expect, it } from 'vitest';
import { HELP, readCommandLine } from './command-line.mjs';

/** @param {string} line */
const read = (line) => readCommandLine(line.split(' ').filter(Boolean));

describe('readCommandLine', () => {
  it.each([
    ['', { command: 'help' }],
    ['--help', { command: 'help' }],
    ['sandbox -h', { command: 'help' }],
    ['up', { command: 'up' }],
    ['admin', { command: 'admin', args: [] }],
    ['admin audit verify --json', { command: 'admin', args: ['audit', 'verify', '--json'] }],
    ['sandbox', { command: 'sandbox', port: undefined, delayMs: undefined }],
    ['sandbox --port 9000', { command: 'sandbox', port: 9000, delayMs: undefined }],
    ['sandbox --delay-ms=0 --port=1', { command: 'sandbox', port: 1, delayMs: 0 }],
  ])('reads "%s"', (line, command) => {
    expect(read(line)).toEqual(command);
  });

  it.each([
    [
      'sandbx',
      'there is no command "sandbx"; commands are sandbox, up, admin (npx taskgate --help)',
    ],
    ['--port 9000', 'name a command first; commands are sandbox, up, admin (npx taskgate --help)'],
    ['sandbox now', '"now" is one word too many after sandbox'],
    ['sandbox --port 0', '--port takes a whole number from 1 to 65535, not "0"'],
    ['sandbox --port 65536', '--port takes a whole number from 1 to 65535, not "65536"'],
    ['sandbox --port 8e3', '--port takes a whole number from 1 to 65535, not "8e3"'],
    ['sandbox --delay-ms soon', '--delay-ms takes a whole number from 0 to 3600000, not "soon"'],
    ['sandbox --colour', "Unknown option '--colour' (npx taskgate --help)"],
    ['sandbox --port', "Option '--port <value>' argument missing (npx taskgate --help)"],
    ['up --port 9000', 'up takes no --port'],
  ])('refuses "%s" in one line', (line, message) => {
    expect(() => read(line)).toThrow(message);
  });

  it('names every command in its help', () => {
    expect(HELP).toMatch(/^ {2}sandbox [^]*^ {2}up [^]*^ {2}admin /m);
  });
});
