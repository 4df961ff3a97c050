import { assert, json, property, stringMatching } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intentDetails, outcomeDetails, shownPath } from './admin-action-details.js';

const ID = 'tn_01JD0000000000000000000000';
const TOKEN = 'tga-0123456789ABCDEFGHIJ0123456789ABCDEFGHIJ';
const ALICE = { id: 'adm_1', name: 'alice', role: 'operator', expiresAt: null } as const;

const details = (body: unknown) =>
  intentDetails(
    { body, routeOptions: { url: '/admin/x' } } as Parameters<typeof intentDetails>[0],
    ALICE,
  );

describe('what an action’s row says', () => {
  it.each([
    [`/admin/tenants/${ID}/keys`, `/admin/tenants/${ID}/keys`],
    ['/admin/plans/pro?x=1', '/admin/plans/pro'],
    ['/admin/routes/gpt-5%2A', '/admin/routes/gpt-5%2A'],
    [`/admin/admins/${TOKEN}`, '/admin/admins/tga-0123…'],
    ['/admin/admins/sk-proj-1', '/admin/admins/sk-proj-…'],
    ['/admin/admins/aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=', '/admin/admins/aGVsbG8g…'],
    ['/admin/\u00fc', '/admin/?'],
  ])('shows the path %s as %s', (url, shown) => {
    expect(shownPath(url)).toBe(shown);
  });

  it('names fields of two levels, and ids, and no value', () => {
    expect(details({ tenant: ID, policy: { weight: 7 }, secret: TOKEN, [TOKEN]: 1 })).toEqual({
      admin: 'adm_1',
      route: '/admin/x',
      fields: ['tenant', 'policy', 'policy.weight', 'secret', '?'],
      ids: [ID],
    });
    expect(details(undefined)).toEqual({ admin: 'adm_1', route: '/admin/x' });
  });

  it('holds no value, whatever is sent', () => {
    const secret = stringMatching(/^[a-z0-9+/_-]{30,60}$/);
    assert(
      property(json({ maxDepth: 3 }), secret, (text, canary) => {
        const body: unknown = {
          a: canary,
          b: [canary],
          c: { d: canary },
          [canary]: JSON.parse(text),
        };
        expect(JSON.stringify(details(body))).not.toContain(canary);
      }),
    );
  });

  it('names what was made by its id, and nothing else of an answer', () => {
    const made = JSON.stringify({ code: 0, data: { id: ID, token: TOKEN } });
    expect(outcomeDetails(undefined, made)).toEqual({ id: ID });
    expect(outcomeDetails('NOT_FOUND', '{"data":null}')).toEqual({ error: 'NOT_FOUND' });
    expect(outcomeDetails(undefined, JSON.stringify({ data: { id: TOKEN } }))).toEqual({});
    expect(outcomeDetails(undefined, Buffer.from('x'))).toEqual({});
    expect(outcomeDetails(undefined, 'no JSON')).toEqual({});
  });
});
