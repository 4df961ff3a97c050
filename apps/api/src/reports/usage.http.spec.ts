import { type Usage, type UsageQuery, type UsageReport, UsageStore } from '@app/tenants';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, dataOf, type OpenApi, openApi } from '../testing/open-api.js';

const NOTHING: Usage = {
  tasks: 0,
  requests: 0,
  tokensIn: 0,
  tokensOut: 0,
  tokensCached: 0,
  tokensReasoning: 0,
  tokensAudio: 0,
  images: 0,
  seconds: 0,
  costNanoUsd: 0n,
  estimated: 0,
  unpriced: 0,
  lostNanoUsd: 0n,
};

/** Answers what it is told, and remembers what it was asked. */
class ScriptedUsage extends UsageStore {
  asked: UsageQuery[] = [];
  answer: UsageReport = { rows: [], total: NOTHING, isCut: false };

  override async report(query: UsageQuery): Promise<UsageReport> {
    this.asked.push(query);
    return this.answer;
  }
}

const usage = new ScriptedUsage();
let api: OpenApi;
beforeAll(async () => {
  api = await openApi({ usage });
});
afterAll(async () => await api.close());
beforeEach(() => {
  usage.asked = [];
  usage.answer = { rows: [], total: NOTHING, isCut: false };
});

const RANGE = 'from=2026-11-01&to=2026-11-02';

describe('GET /v1/usage', () => {
  it('sums up the caller’s own, whatever it asks for', async () => {
    const response = await api.ask(`/v1/usage?${RANGE}&groupBy=day,model`);

    expect(usage.asked).toMatchObject([{ tenantId: api.tenantId, groupBy: ['day', 'model'] }]);
    expect(await dataOf(response)).toMatchObject({
      from: '2026-11-01T00:00:00.000Z',
      to: '2026-11-02T00:00:00.000Z',
      groupBy: ['day', 'model'],
      rows: [],
      total: { costUsd: 0, costNanoUsd: '0', tasks: 0 },
    });
  });

  it.each(['tenant=tn_other', 'tenantId=x', 'groupBy=tenant', 'from=soon', 'to=1&to=2', 'limit=5'])(
    'refuses %s, names it, and asks nothing',
    async (query) => {
      const response = await api.ask(`/v1/usage?${query}`);

      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { param: query.split('=', 1)[0] } });
      expect(usage.asked).toEqual([]);
    },
  );

  it('is a file when it is asked for', async () => {
    const row = { ...NOTHING, day: '2026-11-01', model: '=evil()', costNanoUsd: 1_500_000_000n };
    usage.answer = { rows: [row], total: row, isCut: false };

    const response = await api.ask(`/v1/usage?${RANGE}&groupBy=day,model&format=csv`);

    expect(response.headers.get('content-disposition')).toBe('attachment; filename="usage.csv"');
    const [head, line, ...rest] = (await response.text()).split('\r\n');
    expect(head).toMatch(/^day,model,tasks,.*,costUsd,costNanoUsd,/);
    expect(line).toMatch(/^2026-11-01,'=evil\(\),0,.*,1\.5,1500000000,/);
    expect(rest).toEqual(['']);
  });

  it('gives no part of an answer for the whole', async () => {
    usage.answer = { rows: [], total: NOTHING, isCut: true };

    const response = await api.ask(`/v1/usage?${RANGE}`);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'groupBy' } });
  });

  it('is for keys alone', async () => {
    expect((await api.ask('/v1/usage', { key: 'stranger' })).status).toBe(401);
    expect((await api.ask('/v1/usage', { key: ADMIN_TOKEN })).status).toBe(401);
  });
});

describe('GET /admin/usage', () => {
  it.each([
    ['groupBy=tenant', null],
    ['tenant=tn_1&groupBy=hour', 'tn_1'],
  ])('%s is about %s', async (query, tenantId) => {
    const response = await api.ask(`/admin/usage?${RANGE}&${query}`, { key: ADMIN_TOKEN });

    expect(response.status).toBe(200);
    expect(usage.asked).toMatchObject([{ tenantId }]);
  });

  it('is not for tenants', async () => {
    expect((await api.ask('/admin/usage')).status).toBe(401);
    expect(usage.asked).toEqual([]);
  });
});
