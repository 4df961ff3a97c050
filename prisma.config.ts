import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma/config';

// The native schema-engine is fetched from binaries.prisma.sh; without that host every CLI command
// (even `generate`) stops. The variable makes the CLI use this file instead and fetch nothing.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= fileURLToPath(
  new URL('./tools/schema-engine.mjs', import.meta.url),
);

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: {
    url: process.env['DATABASE_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/taskgate',
  },
});
