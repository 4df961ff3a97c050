/**
 * The architecture as a table: which lib may import which. Read it top to bottom; a lib sees only
 * what is listed beside it, so no arrow runs back up (ARCHITECTURE.md, "Code map").
 * @type {Record<string, string[]>}
 */
const MAY_IMPORT = {
  errors: [],
  config: ['errors'],
  observability: ['config', 'errors'],
  outbound: ['errors'],
  prices: ['errors'],
  tenants: ['errors', 'observability', 'outbound'],
  providers: ['errors', 'outbound', 'prices'],
  outputs: ['errors', 'outbound'],
  callbacks: ['errors', 'outbound'],
  proxy: ['errors', 'outbound', 'prices', 'tenants'],
  tasks: [
    'errors',
    'observability',
    'outbound',
    'providers',
    'callbacks',
    'outputs',
    'prices',
    'tenants',
  ],
  database: ['errors', 'tasks', 'providers', 'callbacks', 'prices', 'proxy', 'tenants'],
  queue: ['errors', 'tasks', 'tenants'],
};

const libRules = Object.entries(MAY_IMPORT).map(([lib, allowed]) => ({
  name: `${lib}-imports-only-${allowed.join('-') || 'nothing'}`,
  severity: 'error',
  from: { path: `^libs/${lib}/`, pathNot: '[.]int[.]spec[.]ts$' },
  to: { path: '^(libs|apps)/', pathNot: `^libs/(${[lib, ...allowed].join('|')})/` },
}));

const DOMAIN = '^libs/(errors|prices|providers|callbacks|outputs|outbound|tasks|tenants|proxy)/';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...libRules,
    {
      name: 'lib-missing-from-the-table',
      comment: 'A new lib states its place in the table above.',
      severity: 'error',
      from: { path: '^libs/', pathNot: `^libs/(${Object.keys(MAY_IMPORT).join('|')})/` },
      to: {},
    },
    {
      name: 'apps-never-import-each-other',
      comment:
        'API, worker and sandbox are processes that share only Postgres, Redis and the output store.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'sandbox-is-an-outsider',
      comment: 'The stand-ins of the vendors must not share code with the adapters they test.',
      severity: 'error',
      from: { path: '^apps/sandbox/' },
      to: { path: '^libs/' },
    },
    {
      name: 'front-door-only',
      comment:
        'Import a lib as @app/<lib>, in specs as @app/<lib>/testing too, never a file inside it.',
      severity: 'error',
      from: { path: '^(?:apps|libs)/([^/]+)/' },
      to: {
        path: '^libs/',
        pathNot: [
          '^libs/$1/',
          '^libs/[^/]+/src/index[.]ts$',
          '^libs/[^/]+/src/testing/index[.]ts$',
        ],
      },
    },
    {
      name: 'providers-are-islands',
      comment: 'One vendor never imports another; lift what they share.',
      severity: 'error',
      from: { path: '^libs/providers/src/([^/]+)/' },
      to: { path: '^libs/providers/src/([^/]+)/', pathNot: '^libs/providers/src/($1|testing)/' },
    },
    {
      name: 'domain-libs-know-no-framework',
      comment: 'Domain code stays testable without Nest, Prisma, BullMQ, ioredis or Fastify.',
      severity: 'error',
      from: { path: DOMAIN, pathNot: '[.](service|spec)[.]ts$' },
      to: {
        path: 'node_modules/(@nestjs|@prisma|bullmq|ioredis|fastify|class-validator|class-transformer|pg)/',
      },
    },
    {
      name: 'only-database-knows-postgres',
      comment: 'Every SQL statement lives in libs/database, behind a port.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^libs/database/' },
      to: { path: 'node_modules/(@prisma|pg)/|^libs/database/src/generated/' },
    },
    {
      name: 'only-queue-knows-redis',
      comment: 'BullMQ and ioredis live in libs/queue, behind a port.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^libs/queue/' },
      to: { path: 'node_modules/(bullmq|ioredis)/' },
    },
    {
      name: 'only-outbound-opens-connections',
      comment:
        'One exit door guards every address; test/exit-door.spec.ts has the exceptions with their reasons ' +
        'and sees more: fetch, node:net without its isIP, any package not known to be quiet.',
      severity: 'error',
      from: {
        path: '^(apps/(api|worker)|libs)/',
        pathNot: [
          '[.]spec[.]ts$',
          '/testing/',
          '^libs/outbound/',
          '^libs/proxy/src/upstream-client[.]ts$',
          '^libs/proxy/src/socket/',
        ],
      },
      to: {
        path: '^(node:)?(dgram|dns|http|http2|https|tls)(/|$)|node_modules/(undici|axios|ws)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'production-never-imports-tests',
      comment: 'What ships must not need what is only for tests.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['[.]spec[.]ts$', '/testing/'] },
      to: { path: ['[.]spec[.]ts$', '/testing/', '^test/'] },
    },
    {
      name: 'no-circular',
      comment: 'A cycle hides who depends on whom.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file nobody imports is dead.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '[.]d[.]m?ts$',
          '[.]config[.]m?ts$',
          '[.]spec[.]ts$',
          '[.]json$',
          '^test/.*[.]mjs$',
        ],
      },
      to: {},
    },
    {
      name: 'not-to-unresolvable',
      comment: 'An import must exist.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'not-to-dev-dependency',
      comment: 'Production installs no development packages.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['[.]spec[.]ts$', '/testing/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^libs/database/src/generated/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
