import { describe, expect, it } from 'vitest';
import { unprivilegedAccount } from './unprivileged-account.mjs';

const ROOT = 'root:x:0:0:root:/root:/bin/bash';
const NOBODY = 'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin';
const POSTGRES = 'postgres:x:101:104::/var/lib/postgresql:/bin/bash';

describe('unprivilegedAccount', () => {
  it.each([
    [
      '"postgres" where it exists',
      [ROOT, NOBODY, POSTGRES],
      { name: 'postgres', uid: 101, gid: 104 },
    ],
    ['"nobody" else', [ROOT, NOBODY], { name: 'nobody', uid: 65_534, gid: 65_533 }],
    ['nobody at all on a machine without either', [ROOT], undefined],
  ])('chooses %s', (_, lines, account) => {
    expect(unprivilegedAccount(lines.join('\n'))).toEqual(account);
  });
});
