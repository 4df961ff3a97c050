import { makeAuditRow } from '@app/tenants/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN_TOKEN, dataOf, type OpenApi, openApi } from '../testing/open-api.js';

let api: OpenApi;
let betweenPages = async (): Promise<void> => undefined;
beforeAll(async () => {
  api = await openApi({
    auditStore: {
      all: async function* () {
        yield [makeAuditRow('req_1')];
        await betweenPages();
        yield [makeAuditRow('req_2')];
      },
    },
  });
});
afterAll(async () => await api?.close());

it('an export breaks off when the token of who reads it is revoked', async () => {
  const made = await api.ask('/admin/admins', { key: ADMIN_TOKEN, json: { name: 'reader' } });
  const { id, token } = (await dataOf(made)) as { id: string; token: string };
  const whole = await api.ask('/admin/audit/export', { key: token });
  expect((await whole.text()).match(/\n/g)).toHaveLength(2);

  betweenPages = async () => {
    await api.ask(`/admin/admins/${id}`, { key: ADMIN_TOKEN, method: 'DELETE' });
  };
  const broken = await api.ask('/admin/audit/export', { key: token });

  expect(broken.status).toBe(200);
  await expect(broken.text()).rejects.toThrow('terminated');
});
