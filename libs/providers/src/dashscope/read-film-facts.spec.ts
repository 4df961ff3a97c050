import { expect, it } from 'vitest';
import { readFilmFacts } from './read-film-facts.js';

it.each([
  [{ duration: 5, input_video_duration: 0, output_video_duration: 5, SR: 720 }, 5, 5, '720P'],
  [
    { duration: 13.24, input_video_duration: 6.62, output_video_duration: 6.62, SR: 720 },
    13.24,
    6.62,
    '720P',
  ],
  [{ output_video_duration: 6, input_video_duration: 4, SR: '1080' }, 10, 6, '1080P'],
  [{ duration: 5, size: '1280*720', video_count: 1 }, 5, 5, '720P'],
  [{ video_count: 1, video_duration: 5, video_ratio: '832*480' }, 5, 5, '480P'],
  [{ video_count: 1, video_duration: '5', video_ratio: 'standard', SR: '480P' }, 5, 5, '480P'],
  [{ duration: 9, input_video_duration: 4 }, 9, undefined, undefined],
  [{ duration: 0 }, undefined, undefined, undefined],
  [{ duration: 'long' }, undefined, undefined, undefined],
])('%j is %d charged and %d made at %s', (usage, billedSeconds, madeSeconds, resolution) => {
  expect(readFilmFacts({ usage })).toEqual({ billedSeconds, madeSeconds, resolution });
});
