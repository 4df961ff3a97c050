import { defineConfig } from 'vitest/config';
import { FirstOnesFirst } from './test/support/first-ones-first.js';

const files = (...names: readonly string[]): string[] =>
  names.map((name) => `test/e2e/${name}.spec.ts`);

/**
 * They wait for leases and clocks most of the time, so three of them have room beside one another.
 * Longest first.
 */
const WAITING = files(
  'callback-crash',
  'crash-points',
  'small-chaos',
  'key-rotation',
  'upstream-faults',
  'postgres-away',
  'without-redis',
  'worker-killed',
  'replays',
  'vendor-outcomes',
  'operators',
  'money-crash',
  'redis-away',
  'unauthorized-account-faults',
  'deadline-faults',
  'callback-reports',
  'audit-outage',
);

/** They compute for long: one that began last would keep everybody waiting. */
const LONG = files('fairness', 'operations', 'two-of-each', 'several-at-once', 'openai-shapes');

/** What it asserts is that nothing is ever late, and beside others something may be. */
const ALONE = files('idle-reconciler');

/** Costs nothing where all is well, and a busy machine is slow. */
const PATIENCE = {
  testTimeout: 30_000,
  hookTimeout: 30_000,
  expect: { poll: { timeout: 20_000 } },
};

const E2E = {
  globalSetup: 'test/support/global-setup.ts',
  setupFiles: 'test/support/no-process-left.ts',
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000 } },
};

const SERVERS = { globalSetup: 'test/support/global-setup.ts' };

/**
 * Unit tests need nothing but Node, nor do those of other people's clients against the sandbox.
 * Integration files run side by side, each on a database of its own. So do end-to-end files, each on a
 * stack of its own: those that mostly wait three by three, then the others two by two.
 */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    restoreMocks: true,
    // Vitest's own way leaves a core idle, and a machine of two is what we are checked on.
    maxWorkers: '100%',
    ...PATIENCE,
    sequence: { sequencer: FirstOnesFirst.of([...WAITING, ...LONG]) },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Most of a file's time was importing what the file before had imported too.
          isolate: false,
          include: ['{apps,libs,tools}/**/*.spec.{ts,mjs}', 'test/{,chaos/,support/}*.spec.ts'],
          exclude: ['**/*.int.spec.{ts,mjs}', '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'conformance',
          include: ['test/conformance/node/**/*.spec.ts'],
        },
      },
      {
        extends: true,
        test: {
          ...SERVERS,
          name: 'integration',
          include: ['{apps,libs,tools}/**/*.int.spec.{ts,mjs}'],
        },
      },
      {
        extends: true,
        test: {
          ...E2E,
          name: 'e2e-waiting',
          include: WAITING,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...E2E,
          name: 'e2e',
          include: ['test/e2e/**/*.spec.ts'],
          exclude: [...WAITING, ...ALONE, '**/node_modules/**'],
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          ...E2E,
          name: 'e2e-alone',
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
