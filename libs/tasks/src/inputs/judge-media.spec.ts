import { fixture } from '@app/outputs/testing';
import type { MediaSlot } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { faultOf, judgeMedia } from './judge-media.js';

const SLOT: MediaSlot = {
  at: '/image',
  field: 'input.image_urls.0',
  source: 'https://pictures.example/cat.png',
  kind: 'image',
  as: 'data-url',
  maxBytes: 1_000_000,
};

const judge = async (name: string, slot: Partial<MediaSlot>): Promise<string> =>
  await judgeMedia(fixture(name), { ...SLOT, ...slot });

describe('judgeMedia', () => {
  it.each([
    ['picture.webp', {}, 'image/webp'],
    ['picture.jpg', { accepts: ['image/png', 'image/jpeg'] }, 'image/jpeg'],
    ['movie.mp4', { kind: 'video' }, 'video/mp4'],
    ['sound.mp3', { kind: 'audio' }, 'audio/mpeg'],
    ['picture.png', { pixels: { minEdge: 48, maxEdge: 64, maxRatio: 4 / 3 } }, 'image/png'],
    ['movie.mp4', { kind: 'video', pixels: { minEdge: 48 } }, 'video/mp4'],
  ] as const)('takes %s for %j', async (name, slot, mime) => {
    expect(await judge(name, slot)).toBe(mime);
  });

  it.each([
    ['movie.mp4', {}, 'a PNG, JPEG, WebP, GIF or AVIF picture is needed; it is video/mp4'],
    [
      'picture.gif',
      { accepts: ['image/png', 'image/jpeg'] },
      'image/png or image/jpeg is needed; it is image/gif',
    ],
    [
      'sound.ogg',
      { kind: 'audio', accepts: ['audio/wav'] },
      'audio/wav is needed; it is audio/ogg',
    ],
    ['picture.png', { kind: 'audio' }, 'an MP3, WAV, M4A or OGG sound is needed; it is image/png'],
    [
      'picture.png',
      { pixels: { minEdge: 300 } },
      'it is 64x48 pixels; edges of at least 300 pixels are taken',
    ],
  ] as const)('refuses %s for %j', async (name, slot, said) => {
    await expect(judge(name, slot)).rejects.toMatchObject({
      name: 'MediaError',
      message: said,
      transient: false,
    });
  });

  it('refuses what is no media at all', async () => {
    await expect(judgeMedia(Buffer.from('<svg></svg>'), SLOT)).rejects.toThrow(
      'no type that is taken',
    );
  });
});

describe('faultOf', () => {
  const LIMITS = { minEdge: 240, maxEdge: 8000, maxRatio: 8 };

  it.each([
    [{ width: 240, height: 1920 }, null],
    [{ width: 8000, height: 1000 }, null],
    [
      { width: 239, height: 300 },
      'it is 239x300 pixels; edges of at least 240 and at most 8000 pixels, and a longest edge of at most 8 times the shortest are taken',
    ],
    [{ width: 8001, height: 4000 }, expect.stringContaining('it is 8001x4000 pixels')],
    [{ width: 240, height: 1921 }, expect.stringContaining('at most 8 times')],
    [{ width: 0, height: 10 }, 'its width and height cannot be read'],
    [null, 'its width and height cannot be read'],
  ])('judges %j', (size, fault) => {
    expect(faultOf(size, LIMITS)).toEqual(fault);
  });
});
