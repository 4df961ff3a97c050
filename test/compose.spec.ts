import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CONFIG_VARIABLES, loadConfig } from '@app/config';
import { providers } from '@app/providers';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

/**
 * No container engine runs where the tests run: the files are held against the product's own
 * configuration and against what is in the repository.
 */
const inProject = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(inProject(path), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

/** What a user would have in `.env`. */
const EXAMPLE: Readonly<Record<string, string>> = {
  ADMIN_TOKEN: 'a-long-random-text',
  MASTER_KEY: Buffer.alloc(32, 1).toString('base64'),
  POSTGRES_PASSWORD: 'secret',
  INTERNAL_KEYS: 'my-app:my-key',
};

/** Compose's own `${NAME}`, `${NAME:-default}` and `${NAME:?message}`. */
const interpolate = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replaceAll(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_, name: string, kind: string, rest: string): string => {
      const value = env[name];
      if (value) return value;
      if (kind === '?') throw new Error(`${name} ${rest}`);
      return kind === '-' ? rest : '';
    },
  );

const compose = (env = EXAMPLE): Compose =>
  parse(interpolate(withoutComments(read('docker-compose.yml')), env), { merge: true }) as Compose;

const withoutComments = (yaml: string): string => yaml.replaceAll(/^ *#.*$/gm, '');

const GATEWAY = ['api', 'worker'];
const { services, volumes } = compose();
const names = Object.keys(services);

describe('docker-compose.yml', () => {
  it('has Postgres, Redis, a migration that runs once, an API and a worker', () => {
    expect(names.toSorted()).toEqual(['api', 'migrate', 'postgres', 'redis', 'worker']);
  });

  it('is valid against the schema of the Compose Specification', () => {
    const { $schema: _, ...schema } = JSON.parse(
      read('node_modules/dclint/schemas/compose.schema.json'),
    );
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

    validate({ services, volumes });

    expect(validate.errors).toBeNull();
  });

  it.each(['ADMIN_TOKEN', 'MASTER_KEY', 'POSTGRES_PASSWORD'])(
    'refuses to run without %s',
    (name) => {
      expect(() => compose({ ...EXAMPLE, [name]: '' })).toThrow(name);
    },
  );

  it.each(GATEWAY)('gives "%s" an environment that the configuration takes', (name) => {
    const config = loadConfig(services[name]?.environment ?? {});

    expect(config.databaseUrl.reveal()).toBe('postgres://taskgate:secret@postgres:5432/taskgate');
    expect(config.redisUrl.reveal()).toBe('redis://redis:6379');
  });

  it.each(GATEWAY)('gives "%s" no variable that nobody reads', (name) => {
    const variables = Object.keys(services[name]?.environment ?? {});

    expect(variables.filter((variable) => !KNOWN_VARIABLES.has(variable))).toEqual([]);
  });

  it.each(names)('lets "%s" wait for services and use volumes that exist', (name) => {
    const { depends_on: waits = {}, volumes: mounts = [] } = services[name] ?? {};

    const healthy = Object.keys(waits).filter(
      (other) => waits[other]?.condition === 'service_healthy',
    );
    expect(names).toEqual(expect.arrayContaining(Object.keys(waits)));
    expect(healthy.filter((other) => !services[other]?.healthcheck)).toEqual([]);
    expect(Object.keys(volumes)).toEqual(
      expect.arrayContaining(mounts.map((mount) => mount.split(':')[0])),
    );
  });

  it('shares one output folder between the API and the worker', () => {
    const mounted = GATEWAY.map((name) => services[name]?.volumes);

    expect(mounted).toEqual([['outputs:/data'], ['outputs:/data']]);
    expect(services['api']?.environment?.['DATA_DIR']).toBe('/data');
  });

  it.each([...GATEWAY, 'migrate'])('runs "%s" from a file that the image has', (name) => {
    expect(imageHas(services[name]?.command?.[1] ?? '')).toBe(true);
  });

  it('keeps jobs on disk and evicts none', () => {
    const command = services['redis']?.command?.join(' ');

    expect(command).toContain('--appendonly yes');
    expect(command).toContain('--maxmemory-policy noeviction');
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');
  const copies = lines.filter((line) => line.startsWith('COPY ') && !line.includes('--from='));

  it('copies what exists and what .dockerignore lets through', () => {
    const sources = copies.flatMap((line) => line.split(' ').slice(1, -1));
    const allowed = new Set(
      read('.dockerignore')
        .split('\n')
        .filter((line) => line.startsWith('!'))
        .map((line) => line.slice(1)),
    );

    expect(sources.filter((source) => !existsSync(inProject(source)))).toEqual([]);
    expect(sources.filter((source) => !allowed.has(source.split('/')[0] ?? ''))).toEqual([]);
  });

  it('runs only scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const run = [...read('Dockerfile').matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);

    expect(run).toEqual(['build']);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(run));
  });

  it('starts the API as a user who is not root', () => {
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

    expect(last).toContain('USER node');
    expect(last).toContain('CMD ["node", "dist/apps/api/src/main.js"]');
    expect(last.some((line) => line.startsWith('HEALTHCHECK '))).toBe(true);
  });

  it('is built on the Node that package.json asks for', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const bases = lines.filter((line) => line.startsWith('FROM '));

    expect(engines.node).toBe('>=24');
    expect(bases.every((line) => line.startsWith('FROM node:24-'))).toBe(true);
  });
});

/** A built file stands for its source; the others are copied as they are. */
const imageHas = (path: string): boolean =>
  existsSync(inProject(path.replace(/^dist\/(.*)[.]js$/, '$1.ts')));

/** The gateway's own, the vendors', and what only the image reads. */
const KNOWN_VARIABLES = new Set([
  ...CONFIG_VARIABLES.map(({ name }) => name),
  ...providers.flatMap(({ environment }) => [
    environment.credential,
    environment.baseUrl.variable,
    ...(environment.settings ?? []).map(({ variable }) => variable),
    ...(environment.exchange ? [environment.exchange.variable] : []),
  ]),
  'HEALTH_URL',
]);
