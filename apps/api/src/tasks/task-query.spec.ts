import { Catalog } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { filterOf, limitOf, refuseUnknown } from './task-query.js';

const catalog = new Catalog();

describe('the filters of a list', () => {
  it.each([
    [{}, {}],
    [{ page: '1', colour: 'red' }, {}],
    [{ status: 'fail' }, { status: 'fail' }],
    [{ model: 'FLUX-2.pro' }, { model: 'flux-2-pro' }],
    [{ createdAfter: '1777282033' }, { createdAfter: new Date(1_777_282_033_000) }],
    [
      { createdBefore: '2026-11-01T00:00:00+01:00' },
      { createdBefore: new Date('2026-10-31T23:00:00Z') },
    ],
    [{ 'metadata.order': '4711', 'metadata.a.b': '' }, { metadata: { order: '4711', 'a.b': '' } }],
  ])('%j are read as %j', (query, filter) => {
    expect(filterOf(query, catalog)).toEqual(filter);
  });

  it.each([
    [{ status: 'done' }, 'status', /queued, handling, archiving, success, fail, not "done"/],
    [{ status: ['fail', 'success'] }, 'status', /taken once/],
    [{ model: 'flux-2-prp' }, 'model', /flux-2-pro/],
    [{ model: 'bfl/flux-2-pro' }, 'model', /write flux-2-pro/],
    [{ createdAfter: 'yesterday' }, 'createdAfter', /Unix seconds or a time like/],
    [{ createdAfter: '2026-W05' }, 'createdAfter', /Unix seconds/],
    [{ createdBefore: '' }, 'createdBefore', /Unix seconds/],
    [{ createdBefore: '2016-12-31T23:59:60Z' }, 'createdBefore', /Unix seconds/],
    [{ 'metadata.': 'x' }, 'metadata.', /metadata\.KEY=VALUE/],
    [{ 'metadata.__proto__': 'x' }, 'metadata.__proto__', /metadata\.KEY=VALUE/],
    [{ 'metadata.a': ['1', '2'] }, 'metadata.a', /taken once/],
  ])('%j are refused naming %s', (query, param, message) => {
    expect(() => filterOf(query, catalog)).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        param,
        message: expect.stringMatching(message),
      }),
    );
  });

  it('know a limit of 1 to 100', () => {
    expect([limitOf({}, 20), limitOf({ limit: '1' }, 20), limitOf({ limit: '100' }, 20)]).toEqual([
      20, 1, 100,
    ]);
    for (const limit of ['0', '101', '-1', '1.5', 'all', '']) {
      expect(() => limitOf({ limit }, 20)).toThrow('1 to 100');
    }
  });

  it('name what is taken where an unknown one is refused', () => {
    expect(() => refuseUnknown({ 'metadata.a': 'b', status: 'fail' }, ['status'])).not.toThrow();
    expect(() => refuseUnknown({ tennant: 'x' }, ['tenant', 'status'])).toThrow(
      'tennant is no filter; taken are tenant, status and metadata.KEY.',
    );
  });
});
