import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run test:chaos`: not part of `npm test`, which runs a small one. */
export default defineConfig({
  root: fileURLToPath(new URL('../../', import.meta.url)),
  resolve: { tsconfigPaths: true },
  test: {
    name: 'chaos',
    include: ['test/chaos/full.chaos.ts'],
    globalSetup: 'test/support/global-setup.ts',
    setupFiles: 'test/support/no-process-left.ts',
    reporters: ['verbose'],
    disableConsoleIntercept: true,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
