import { Transform } from 'node:stream';

/**
 * Takes out of a chat stream what only stands there because the gateway asked for usage
 * (`stream_options.include_usage`): the chunk with `choices: []` that carries it, and `usage: null` in all
 * others. Every other byte passes as it came, each event as soon as it is whole.
 */
export class UsageStripper extends Transform {}
