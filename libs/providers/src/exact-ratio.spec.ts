import { describe, expect, it } from 'vitest';
import { flux1SizeOf, flux2SizeOf, FLUX_1_LIMITS, FLUX_2_LIMITS } from './bfl/flux-size.js';
import { ASPECT_RATIOS, largestExactSize } from './exact-ratio.js';
import { sizesOf } from './openai/gpt-image-sizes.js';
import { sizeFault } from './picture-size.js';

const anySize = sizesOf('gpt-image-2');
const openaiCases = anySize.ratios.flatMap((ratio) =>
  anySize.resolutions.map((resolution) => [ratio, resolution] as const),
);
const fluxCases = ASPECT_RATIOS.flatMap((ratio) =>
  ['1K', '2K'].map((resolution) => [ratio, resolution] as const),
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

  it.each(fluxCases)('%s at %s is exact and within the limits of FLUX.2', (ratio, resolution) => {
    const size = flux2SizeOf(ratio, resolution);

    expectExact(ratio, size);
    expect(size && sizeFault(size, FLUX_2_LIMITS)).toBeUndefined();
    expect(size).toBeDefined();
  });

  it.each(ASPECT_RATIOS)('%s is exact and within the limits of FLUX.1', (ratio) => {
    const size = flux1SizeOf(ratio, '1K');

    expectExact(ratio, size);
    expect(size && sizeFault(size, FLUX_1_LIMITS)).toBeUndefined();
    expect(size).toBeDefined();
  });
});

describe('largestExactSize', () => {
  it.each(['1000:1', 'square', '0:1', '16:9:1', ''])('has none for %s', (ratio) => {
    expect(largestExactSize(ratio, 1024 * 1024, anySize.limits)).toBeUndefined();
  });

  it('reads 32:18 as 16:9', () => {
    expect(largestExactSize('32:18', 1024 * 1024, FLUX_2_LIMITS)).toEqual({
      width: 1280,
      height: 720,
    });
  });
});
