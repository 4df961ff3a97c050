import { expect, it } from 'vitest';
import { refuseTooWide } from './too-wide.js';

const failing = (code: string) => async () => {
  throw Object.assign(new Error('canceling statement'), { code });
};

it('asks for a narrower filter when Postgres gave up looking', async () => {
  await expect(refuseTooWide(failing('57014'))).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message: expect.stringContaining('from and to'),
  });
});

it('leaves everything else as it is', async () => {
  await expect(refuseTooWide(failing('23505'))).rejects.toMatchObject({ code: '23505' });
  expect(await refuseTooWide(async () => 5)).toBe(5);
});
