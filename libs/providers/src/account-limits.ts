import type { AccountLimits, Provider } from './provider.js';

/** The end of the variable's name, after the vendor's prefix. */
const SUFFIXES = {
  inFlight: 'MAX_IN_FLIGHT',
  submitsPerSecond: 'SUBMITS_PER_SECOND',
  checksPerSecond: 'CHECKS_PER_SECOND',
} as const satisfies Record<keyof AccountLimits, string>;

/** The variables that change a vendor's limits: `BFL_MAX_IN_FLIGHT`, … */
export function limitVariables(provider: Provider): readonly string[] {
  return Object.values(SUFFIXES).map((suffix) => `${provider.environment.prefix}_${suffix}`);
}

/** The vendor's limits, with what the operator set instead. @throws Error naming the variable */
export function limitsOf(provider: Provider, variables: Texts): AccountLimits {
  const { limits, environment } = provider;
  const read = (limit: keyof AccountLimits, takes: Takes): number => {
    const variable = `${environment.prefix}_${SUFFIXES[limit]}`;
    const text = variables.text(variable);
    return text === undefined ? limits[limit] : parse(variable, text, takes);
  };
  return {
    inFlight: read('inFlight', COUNT),
    submitsPerSecond: read('submitsPerSecond', RATE),
    checksPerSecond: read('checksPerSecond', RATE),
  };
}

interface Texts {
  text(name: string): string | undefined;
}

interface Takes {
  readonly pattern: RegExp;
  readonly words: string;
}

const COUNT: Takes = {
  pattern: /^[0-9]{1,6}$/,
  words: 'a whole number from 1 to 999999',
};
/** Below one a second is a limit too: `0.2` is one in five seconds. */
const RATE: Takes = {
  pattern: /^[0-9]{1,6}(\.[0-9]{1,3})?$/,
  words: 'a number from 0.001 to 999999',
};

function parse(variable: string, text: string, takes: Takes): number {
  const value = takes.pattern.test(text.trim()) ? Number(text) : 0;
  if (value > 0) return value;
  throw new Error(`${variable} takes ${takes.words}`);
}
