import { describe, expect, it } from 'vitest';
import { TargetHealth } from './target-health.js';

const SUBJECT = { upstream: 'a', model: 'm' };

function failingAt(now: () => number, random = 0): TargetHealth {
  const health = new TargetHealth(now, () => random);
  for (let turn = 0; turn < 5; turn += 1) health.failed(SUBJECT);
  return health;
}

describe('the health of a target', () => {
  it('is open after five faults in a row, for that model at that upstream only', () => {
    const health = failingAt(() => 0);

    expect(health.state(SUBJECT)).toEqual({ kind: 'open', untilMs: 10_000 });
    expect(health.state({ ...SUBJECT, model: 'other' })).toEqual({ kind: 'well' });
    expect(health.state({ ...SUBJECT, upstream: 'b' })).toEqual({ kind: 'well' });
  });

  it('lets one call through after a while, and nobody else until that is over', () => {
    let now = 0;
    const health = failingAt(() => now);
    now = 10_000;

    expect(health.state(SUBJECT)).toEqual({ kind: 'probe' });
    health.asked(SUBJECT);
    expect(health.state(SUBJECT)).toMatchObject({ kind: 'open' });
    health.worked(SUBJECT);
    expect(health.state(SUBJECT)).toEqual({ kind: 'well' });
    expect(health.failing('a')).toEqual([]);
  });

  it('is left alone for longer when the probe fails', () => {
    let now = 0;
    const health = failingAt(() => now);
    now = 10_000;
    health.asked(SUBJECT);
    health.failed(SUBJECT);

    expect(health.state(SUBJECT)).toEqual({ kind: 'open', untilMs: 30_000 });
    expect(health.failing('a')).toEqual([{ model: 'm', state: { kind: 'open', untilMs: 30_000 } }]);
  });

  it('is tried up to a third sooner, so that processes do not all try at once', () => {
    const health = failingAt(() => 0, 0.999_999);

    expect(health.state(SUBJECT)).toEqual({ kind: 'open', untilMs: 7_000 });
    health.failed(SUBJECT);
    expect(health.state(SUBJECT)).toEqual({ kind: 'open', untilMs: 7_000 });
  });

  it('forgets faults at the first call that works', () => {
    const health = new TargetHealth(() => 0);
    for (let turn = 0; turn < 4; turn += 1) health.failed(SUBJECT);
    health.worked(SUBJECT);
    health.failed(SUBJECT);

    expect(health.state(SUBJECT)).toEqual({ kind: 'well' });
  });
});
