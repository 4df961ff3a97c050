import { defineConfig } from 'vitest/config';

const SERVERS = { globalSetup: 'test/support/global-setup.ts' };

/**
 * Unit tests need nothing but Node, nor do those of other people's clients against the sandbox. Integration files run side by side, each on a database of its
 * own; end-to-end files start whole stacks and run one by one.
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
          ...SERVERS,
          name: 'e2e',
          include: ['test/e2e/**/*.spec.ts'],
          setupFiles: 'test/support/no-process-left.ts',
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
