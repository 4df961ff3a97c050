import { describe, expect, it } from 'vitest';
import { largestExactSize } from './exact-ratio.js';
import { sizesOf } from './openai/gpt-image-sizes.js';
import { sizeFault } from './picture-size.js';

const anySize = sizesOf('gpt-image-2');
const openaiCases = anySize.ratios.flatMap((ratio) =>
  anySize.resolutions.map((resolution) => [ratio, resolution] as const),
);

function expectExact(ratio: string, size: { width: number; height: number } | undefined): void {
  const [across, down] = ratio.split(':').map(Number);
  expect((size?.width ?? 0) * (down ?? 0)).toBe((size?.height ?? 0) * (across ?? 0));
}

describe('a shape and a class of size', () => {
  it.each(openaiCases)(
    '%s at %s is exact and within the limits of gpt-image-2',
    (ratio, resolution) => {
      const size = anySize.sizeOf(ratio, resolution);

      expectExact(ratio, size);
      expect(size && sizeFault(size, anySize.limits)).toBeUndefined();
      expect(size).toBeDefined();
    },
  );
});

describe('largestExactSize', () => {
  it.each(['1000:1', 'square', '0:1', '16:9:1', ''])('has none for %s', (ratio) => {
    expect(largestExactSize(ratio, 1024 * 1024, anySize.limits)).toBeUndefined();
  });

  it('reads 32:18 as 16:9', () => {
    expect(largestExactSize('32:18', 1024 * 1024, anySize.limits)).toEqual({
      width: 1280,
      height: 720,
    });
  });
});
