import type { Catalog } from '@app/providers';

/** All names by which policy judges a model: as asked, and those that the catalog has for it. */
export const namesOfModel = (
  catalog: Pick<Catalog, 'namesOf'>,
  asked: string,
): readonly string[] => [asked, ...catalog.namesOf(asked)];
