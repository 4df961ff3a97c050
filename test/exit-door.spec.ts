import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { waysOut } from './support/ways-out.js';

const PROJECT = fileURLToPath(new URL('../', import.meta.url));

/** Who may open connections without the door, through what, and why. A path ends with `/` for a folder. */
const EXCEPTIONS: readonly {
  readonly path: string;
  readonly through: readonly string[];
  readonly why: string;
}[] = [
  {
    path: 'libs/outbound/src/',
    through: ['node:net', 'node:tls', 'node:dns/promises', 'undici', 'axios'],
    why: 'the door itself',
  },
  {
    path: 'libs/proxy/src/upstream-client.ts',
    through: ['undici'],
    why: 'the pass-through: its one address is configured, and it streams without a limit',
  },
  {
    path: 'libs/proxy/src/socket/',
    through: ['ws', 'WebSocket', 'node:http'],
    why: 'WebSockets of the pass-through: to the same configured addresses, and answers to callers',
  },
  {
    path: 'libs/outputs/src/',
    through: ['@aws-sdk/client-s3', '@aws-sdk/lib-storage', '@aws-sdk/s3-request-presigner'],
    why: 'the output store: its address is configured, and its SDK signs what it sends',
  },
  {
    path: 'libs/providers/src/vertex/access-token.ts',
    through: ['google-auth-library'],
    why: 'access tokens: from where the operator’s credentials file says',
  },
  {
    path: 'libs/database/src/',
    through: ['pg', '@prisma/adapter-pg'],
    why: 'Postgres: its address is configured',
  },
  {
    path: 'libs/queue/src/',
    through: ['ioredis', 'bullmq'],
    why: 'Redis: its address is configured',
  },
  {
    path: 'apps/',
    through: ['@nestjs/platform-fastify'],
    why: 'servers: they listen and open nothing',
  },
];

const sources = globSync('{apps/{api,worker},libs/*}/src/**/*.ts', { cwd: PROJECT }).filter(
  (path) => !/\.spec\.ts$|\/testing\/|^libs\/database\/src\/generated\//.test(path),
);

const found = sources.flatMap((path) =>
  waysOut(readFileSync(`${PROJECT}${path}`, 'utf8')).map((way) => ({ ...way, path })),
);

const isExcepted = ({ path, through }: { path: string; through: string }): boolean =>
  EXCEPTIONS.some(
    (exception) =>
      (exception.path.endsWith('/') ? path.startsWith(exception.path) : path === exception.path) &&
      exception.through.includes(through),
  );

describe('the exit door', () => {
  it('is the only way out of API and worker, except for addresses that the operator configures', () => {
    const past = found.filter((way) => !isExcepted(way));

    expect(past.map(({ path, line, through }) => `${path}:${line} ${through}`)).toEqual([]);
  });

  it('has no exception that nobody needs', () => {
    const idle = EXCEPTIONS.flatMap(({ path, through }) =>
      through
        .filter((one) => !found.some((way) => way.path.startsWith(path) && way.through === one))
        .map((one) => `${path} ${one}`),
    );

    expect(sources.length).toBeGreaterThan(300);
    expect(idle).toEqual([]);
  });
});
