import { describe, expect, it } from 'vitest';
import { readRoute } from './read-route.js';
import { DEFAULT_CLOCKS } from './route.js';

const read = (body: unknown, model = 'gpt-5') => readRoute(model, body, { others: 'refused' });

const targets = (...more: readonly object[]) => more.map((one) => ({ upstream: 'openai', ...one }));

const ordersOf = (...more: readonly object[]) =>
  read({ targets: targets(...more) }).targets.map(({ order }) => order);

describe('readRoute', () => {
  it('fills in what is not said', () => {
    expect(read({ targets: [{ upstream: 'openai' }] })).toEqual({
      model: 'gpt-5',
      targets: [{ upstream: 'openai', model: null, weight: null, order: 0 }],
      retries: 2,
      timeouts: DEFAULT_CLOCKS,
      delivery: 'live',
      keepAliveMs: 15_000,
    });
  });

  it('keeps what is said, each clock by itself', () => {
    const body = {
      targets: [{ upstream: 'second', model: 'a/b', weight: 0.5, order: 2 }],
      retries: 0,
      timeouts: { ...DEFAULT_CLOCKS, firstTokenMs: 1 },
      delivery: 'complete',
      keepAliveMs: 0,
    };
    expect(read(body, 'gpt-5*')).toEqual({ model: 'gpt-5*', ...body });
    expect(read({ ...body, timeouts: { firstTokenMs: 1 } }).timeouts).toEqual(body.timeouts);
  });

  it('takes back what it made', () => {
    const { model, ...made } = read({ targets: targets({ weight: 1 }, {}), delivery: 'complete' });

    expect(read(made, model)).toEqual({ model, ...made });
  });

  it('tries targets as listed, unless one has a weight: then they share', () => {
    expect(ordersOf({}, {}, {})).toEqual([0, 1, 2]);
    expect(ordersOf({ weight: 9 }, {})).toEqual([0, 0]);
    expect(ordersOf({ weight: 9, order: 1 }, { order: 0 })).toEqual([1, 0]);
    expect(ordersOf({ weight: null, order: null }, {})).toEqual([0, 1]);
  });

  it.each<[string, unknown, string]>([
    ['nothing', null, ''],
    ['a list', [], ''],
    ['a field of nobody', { targets: targets({}), retry: 1 }, 'retry'],
    ['no targets', {}, 'targets'],
    ['none', { targets: [] }, 'targets'],
    ['too many', { targets: targets(...Array.from({ length: 17 }, () => ({}))) }, 'targets'],
    ['an object of targets', { targets: { upstream: 'openai' } }, 'targets'],
    ['a target that is none', { targets: ['openai'] }, 'targets[0]'],
    ['no upstream', { targets: [{}] }, 'targets[0].upstream'],
    ['a second one’s field', { targets: targets({}, { url: 'x' }) }, 'targets[1].url'],
    ['a glob as a target', { targets: targets({ model: 'gpt-*' }) }, 'targets[0].model'],
    ['a model with a line', { targets: targets({ model: 'a\nb' }) }, 'targets[0].model'],
    ['a weight of nothing', { targets: targets({ weight: 0 }) }, 'targets[0].weight'],
    ['a weight in words', { targets: targets({ weight: '1' }) }, 'targets[0].weight'],
    ['half an order', { targets: targets({ order: 0.5 }) }, 'targets[0].order'],
    ['an order of some', { targets: targets({ order: 1 }, {}) }, 'targets[1].order'],
    ['too many retries', { targets: targets({}), retries: 11 }, 'retries'],
    ['fewer than none', { targets: targets({}), retries: -1 }, 'retries'],
    ['clocks in a list', { targets: targets({}), timeouts: [] }, 'timeouts'],
    ['a clock of nobody', { targets: targets({}), timeouts: { readMs: 1 } }, 'timeouts.readMs'],
    ['a clock at 0', { targets: targets({}), timeouts: { idleMs: 0 } }, 'timeouts.idleMs'],
    ['more than a day', { targets: targets({}), timeouts: { totalMs: 1e9 } }, 'timeouts.totalMs'],
    ['another delivery', { targets: targets({}), delivery: 'LIVE' }, 'delivery'],
    ['hasty comments', { targets: targets({}), keepAliveMs: 1 }, 'keepAliveMs'],
    ['a keep-alive in words', { targets: targets({}), keepAliveMs: 'no' }, 'keepAliveMs'],
  ])('refuses %s', (_, body, param) => {
    expect(() => read(body)).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', param: param === '' ? null : param }),
    );
  });

  it.each(['', ' gpt-5', 'gpt-5 ', 'gpt\u00e9', 'x'.repeat(129)])(
    'refuses the model %j',
    (model) => {
      expect(() => read({ targets: targets({}) }, model)).toThrow(
        expect.objectContaining({ param: 'model' }),
      );
    },
  );
});
