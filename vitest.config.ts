import { defineConfig } from 'vitest/config';

/** They wait for leases and clocks most of the time, so two of them have room beside each other. */
const WAITING = [
  'callback-crash',
  'callback-reports',
  'deadline-faults',
  'postgres-away',
  'redis-away',
  'vendor-outcomes',
  'without-redis',
  'worker-killed',
].map((name) => `test/e2e/${name}.spec.ts`);

const E2E = {
  globalSetup: 'test/support/global-setup.ts',
  setupFiles: 'test/support/no-process-left.ts',
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

const SERVERS = { globalSetup: 'test/support/global-setup.ts' };

/**
 * Unit tests need nothing but Node, nor do those of other people's clients against the sandbox.
 * Integration files run side by side, each on a database of its own; end-to-end files start whole stacks
 * and run one by one, those that mostly wait two by two.
 */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    restoreMocks: true,
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
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          ...SERVERS,
          name: 'integration',
          include: ['{apps,libs,tools}/**/*.int.spec.{ts,mjs}'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          ...E2E,
          name: 'e2e',
          include: ['test/e2e/**/*.spec.ts'],
          exclude: [...WAITING, '**/node_modules/**'],
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          ...E2E,
          name: 'e2e-waiting',
          include: WAITING,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
