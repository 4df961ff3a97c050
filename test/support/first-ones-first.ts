import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Vitest's own order, but for some files that come first, in the order in which they are named. */
export class FirstOnesFirst extends BaseSequencer {
  protected readonly first: readonly string[] = [];

  static of(first: readonly string[]): typeof FirstOnesFirst {
    return class extends FirstOnesFirst {
      protected override readonly first = first;
    };
  }

  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const index = this.first.findIndex((path) => moduleId.endsWith(`/${path}`));
      return index < 0 ? this.first.length : index;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- Vitest's, and of no array
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
