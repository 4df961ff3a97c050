import { describe, expect, it } from 'vitest';
import { readEnvironment } from './environment.js';

describe('readEnvironment', () => {
  it('has defaults', () => {
    expect(readEnvironment({})).toEqual({
      port: 8100,
      delayMs: 1000,
      bflMaxActive: null,
      bflCredits: null,
    });
  });

  it('reads what is set', () => {
    const environment = readEnvironment({
      SANDBOX_PORT: '0',
      SANDBOX_DELAY_MS: '20',
      SANDBOX_BFL_MAX_ACTIVE: '24',
      SANDBOX_BFL_CREDITS: '500',
    });

    expect(environment).toEqual({ port: 0, delayMs: 20, bflMaxActive: 24, bflCredits: 500 });
  });

  it.each([
    ['SANDBOX_PORT', 'eighty'],
    ['SANDBOX_PORT', '65536'],
    ['SANDBOX_PORT', '-1'],
    ['SANDBOX_DELAY_MS', '1.5'],
    ['SANDBOX_BFL_MAX_ACTIVE', 'many'],
    ['SANDBOX_BFL_CREDITS', '-1'],
  ])('refuses %s=%s and names the variable', (name, value) => {
    expect(() => readEnvironment({ [name]: value })).toThrow(name);
  });
});
