import { GatewayError } from '@app/errors';
import { type AdminAuthenticator, AttemptLimit, type AuthFailure } from '@app/tenants';
import type { FastifyRequest } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { AdminAdmission } from './admin-admission.js';

const TOKEN = 'the-right-one';
const ROOT = { id: 'root', name: 'ADMIN_TOKEN', role: 'operator' };

let looks: number;
let failures: AuthFailure[];
let admission: AdminAdmission;
beforeEach(() => {
  looks = 0;
  failures = [];
  const authenticator = {
    authenticate: async (token: string | null) => {
      looks += 1;
      if (token === TOKEN) return ROOT;
      throw new GatewayError('PERMISSION_DENIED', 'No.');
    },
  };
  admission = new AdminAdmission(
    authenticator as unknown as AdminAuthenticator, // its one method that is called
    new AttemptLimit({ perMinute: 3 }),
    (why) => failures.push(why),
  );
});

async function ask(token: string | null, clientIp = '192.0.2.1'): Promise<string> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const request = { headers, clientIp } as unknown as FastifyRequest;
  return await admission.recognise(request).then(
    ({ name }) => name,
    (error: GatewayError) => error.code,
  );
}

const guess = async (count: number): Promise<readonly string[]> =>
  await Promise.all(Array.from({ length: count }, async (_, index) => await ask(`wrong-${index}`)));

describe('wrong admin tokens', () => {
  it('are looked at no more often than the limit, and counted', async () => {
    const codes = await guess(10);

    expect(codes.filter((code) => code === 'PERMISSION_DENIED')).toHaveLength(3);
    expect(codes.filter((code) => code === 'RATE_LIMIT_EXCEEDED')).toHaveLength(7);
    expect(looks).toBe(3);
    expect(failures.toSorted()).toEqual([...Array(7).fill('limited'), ...Array(3).fill('unknown')]);
  });

  it('lock out no admin who was here before, nor another address', async () => {
    expect(await ask(TOKEN)).toBe('ADMIN_TOKEN');
    await guess(3);

    expect(await ask(TOKEN)).toBe('ADMIN_TOKEN');
    expect(await ask('another', '192.0.2.2')).toBe('PERMISSION_DENIED');
  });

  it('may be the right one at last: who guesses is not told', async () => {
    await guess(3);

    expect(await ask(TOKEN)).toBe('RATE_LIMIT_EXCEEDED');
  });

  it('are not what a call without any is', async () => {
    for (let round = 0; round < 5; round += 1) await ask(null);

    expect(await ask(TOKEN)).toBe('ADMIN_TOKEN');
    expect(failures).toEqual(Array(5).fill('missing'));
  });
});
