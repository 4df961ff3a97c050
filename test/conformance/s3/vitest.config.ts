import { defineConfig } from 'vitest/config';

/** Apart from the other tests, because the S3 server comes with pip; see `run.mjs`. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/conformance/s3/**/*.spec.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
