import { describe, expect, it } from 'vitest';
import { installIsCurrent } from './install-is-current.mjs';

const FASTIFY = { version: '5.12.8', integrity: 'sha512-a' };
const WANTED = {
  packages: {
    '': { version: '0.1.0' },
    'node_modules/fastify': FASTIFY,
    'node_modules/node-darwin': { version: '24.0.0', optional: true },
  },
};

/** @param {Record<string, object>} packages */
const installed = (packages) => ({ packages });

describe('installIsCurrent', () => {
  it.each([
    ['the same packages', installed({ 'node_modules/fastify': FASTIFY }), true],
    ['one too many', installed({ 'node_modules/fastify': FASTIFY, 'node_modules/x': {} }), true],
    ['nothing at all', undefined, false],
    ['a package missing', installed({}), false],
    [
      'another version',
      installed({ 'node_modules/fastify': { ...FASTIFY, version: '5.12.7' } }),
      false,
    ],
    [
      'other bytes',
      installed({ 'node_modules/fastify': { ...FASTIFY, integrity: 'sha512-b' } }),
      false,
    ],
  ])('judges %s', (_, found, expected) => {
    expect(installIsCurrent(WANTED, found)).toBe(expected);
  });
});
