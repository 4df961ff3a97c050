import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMetrics } from '@app/observability';
import { PRICE_UNITS, priceNote, shippedPrices } from '@app/prices';
import { Catalog, CREDENTIAL_STATES, type Model, providers } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { POLICY_FIELDS } from '../apps/api/src/admin/policy-fields.js';
import { FAULTS } from '../apps/sandbox/src/directions/read-directions.js';
import { ERROR_CODES, type TaskErrorCode } from '../libs/errors/src/error-codes.js';

const PROJECT = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');

const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(PROJECT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`),
];

const code = (text: string): string => `\`${text}\``;

/** Cells of a text's table, without its head. */
function rowsOf(text: string): readonly (readonly string[])[] {
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The text under a heading, up to the next one. */
function section(path: string, heading: string): string {
  const [, after = ''] = read(path).split(`\n## ${heading}\n`);
  return after.split('\n## ', 1)[0] ?? '';
}

const models = new Catalog();

const fieldsOf = (model: Model): readonly string[] =>
  // Every model's schema is an object schema (input-fields.ts).
  Object.keys(model.inputSchema['properties'] as object);

describe('docs/models.md', () => {
  it('has the catalog beside it, as the code has it (`vitest -u` writes it)', async () => {
    const rows = models
      .list()
      .map((model) => [
        code(model.id),
        model.aliases.map(code).join(', '),
        model.kind,
        models.providerOf(model).id,
        fieldsOf(model).map(code).join(', '),
        priceNote(model) ?? 'unknown',
      ]);
    const head = ['model', 'aliases', 'kind', 'provider', '`input` takes', 'price'];
    const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
    const intro = `Written from the code; [Models](models.md) explains it. Prices of ${shippedPrices.version}.`;

    await expect(`# Catalog\n\n${intro}\n\n${table.join('\n')}\n`).toMatchFileSnapshot(
      '../docs/catalog.md',
    );
  });

  it('explains every field that a model takes, and no other', () => {
    const explained = rowsOf(section('docs/models.md', 'Fields')).map(([field]) => field);
    const taken = new Set(models.list().flatMap(fieldsOf).map(code));

    expect(new Set(explained)).toEqual(taken);
  });
});

describe('docs/tenants.md', () => {
  it('has every field of a policy, and whether a key may have it', () => {
    const listed = rowsOf(section('docs/tenants.md', 'Policy')).map(([name, , onKey]) => [
      name,
      onKey,
    ]);

    const fields = Object.entries(POLICY_FIELDS).map(([name, field]) => [
      code(name),
      'notOnKeys' in field ? 'no' : 'yes',
    ]);
    expect(new Set(listed.map(String))).toEqual(new Set(fields.map(String)));
  });
});

describe('docs/prices.md', () => {
  it('explains every unit of a price, in the order of the code', () => {
    const rows = read('docs/prices.md').split('\nUnits of a row:\n')[1]?.split('\nFacts')[0] ?? '';

    expect(rowsOf(rows).map(([unit]) => unit)).toEqual(Object.keys(PRICE_UNITS).map(code));
  });
});

const namesUnder = (heading: string): readonly (string | undefined)[] => {
  const [, after = ''] = read('docs/upstream-keys.md').split(`\n### ${heading}\n`);
  return rowsOf(after.split('\n#', 1)[0] ?? '').map(([first]) => first);
};

describe('docs/upstream-keys.md', () => {
  it('explains every state of a key, and no other', () => {
    expect(namesUnder('States')).toEqual(CREDENTIAL_STATES.map(code));
  });

  it('says of every provider what a key is probed by', () => {
    expect(new Set(namesUnder('The free call'))).toEqual(
      new Set(providers.map(({ id }) => code(id))),
    );
  });
});

describe('docs/errors.md', () => {
  it('lists every code with its status and type, in the order of the table', () => {
    const listed = rowsOf(section('docs/errors.md', 'Codes')).map((row) => row.slice(0, 3));
    const thrown = Object.entries(ERROR_CODES).map(([name, { status, type }]) => [
      code(name),
      String(status),
      code(type),
    ]);

    expect(listed).toEqual(thrown);
  });

  it('lists every error of a task', () => {
    const codes = {
      TASK_FAILED: true,
      TASK_TIMEOUT: true,
      TASK_CANCELED: true,
      CONTENT_REJECTED: true,
      INPUT_UNAVAILABLE: true,
      MODEL_UNAVAILABLE: true,
      STORAGE_UNAVAILABLE: true,
      SUBMISSION_UNKNOWN: true,
    } satisfies Record<TaskErrorCode, true>;
    const listed = rowsOf(section('docs/errors.md', 'Errors of a task')).map(([name]) => name);

    expect(listed).toEqual(Object.keys(codes).map(code));
  });
});

describe('docs/operations.md', () => {
  it('lists every metric of the product', async () => {
    const metrics = await createMetrics().registry.getMetricsAsJSON();
    const ours = metrics.map(({ name }) => name).filter((name) => name.startsWith('taskgate_'));
    const listed = rowsOf(section('docs/operations.md', 'Metrics')).map(([name]) => name);

    expect(new Set(listed)).toEqual(new Set(ours.map(code)));
  });
});

describe('docs/sandbox.md', () => {
  it('lists every fault that a prompt can ask for', () => {
    const listed = rowsOf(section('docs/sandbox.md', 'Directions')).map(([fault]) => fault);

    expect(listed).toEqual(FAULTS.map(code));
  });
});

describe.each(DOCUMENTS)('%s', (path) => {
  const text = read(path);

  it('links to files and headings that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)]*)\)/g)].map(([, link = '']) => link);

    expect(links.filter((link) => !leadsSomewhere(path, link))).toEqual([]);
  });

  it('names files that exist', () => {
    const named = [...text.matchAll(/`((?:apps|libs|test|tools|prisma)\/[\w./-]+)`/g)];
    const missing = named.flatMap(([, file = '']) => (existsSync(join(PROJECT, file)) ? [] : file));

    expect(missing).toEqual([]);
  });
});

function leadsSomewhere(from: string, link: string): boolean {
  const [file = '', heading] = link.split('#');
  const target = file === '' ? from : join(dirname(from), file);
  if (!existsSync(join(PROJECT, target))) return false;
  return heading === undefined || headingsOf(read(target)).includes(heading);
}

/** As GitHub makes anchors of headings. */
function headingsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}
