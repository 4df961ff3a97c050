import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { providers } from './registry.js';

/** A folder beside the registry is a vendor, but for the tests' own. */
function vendorFolders(): readonly string[] {
  return readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'testing')
    .map((entry) => entry.name);
}

describe('the registry', () => {
  it('has a line for every vendor folder, named as its provider', () => {
    const registered = providers.map(({ id }) => id);

    const missing = vendorFolders().filter((folder) => !registered.includes(folder));

    expect(missing, 'folders without a line in registry.ts').toEqual([]);
    expect(registered.toSorted()).toEqual(vendorFolders().toSorted());
  });

  it.each(vendorFolders())(
    '%s is a whole folder: provider, specs, fixtures and source',
    (folder) => {
      const files = readdirSync(`${import.meta.dirname}/${folder}`);

      expect(files).toEqual(
        expect.arrayContaining([`${folder}.provider.ts`, 'fixtures', 'SOURCE.md']),
      );
      expect(files.some((file) => file.endsWith('.spec.ts'))).toBe(true);
    },
  );

  it('says of every fixture where it comes from', async () => {
    const fixtures = vendorFolders().flatMap((folder) =>
      readdirSync(`${import.meta.dirname}/${folder}/fixtures`).map(
        (file) => `./${folder}/fixtures/${file}`,
      ),
    );

    const sources = await Promise.all(
      fixtures.map(async (path) => {
        const loaded: { default: { source?: string } } = await import(path, {
          with: { type: 'json' },
        });
        return loaded.default.source;
      }),
    );

    expect(sources.every((source) => source !== undefined && source.length > 20)).toBe(true);
  });
});
