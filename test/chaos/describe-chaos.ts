import { beforeAll, describe, expect, it } from 'vitest';
import { audit } from './audit.js';
import { type ChaosResult, runChaos } from './chaos-run.js';
import { NO_FACTS } from './facts.js';
import type { ChaosOptions } from './options.js';
import { reportOf } from './report.js';

const INVARIANTS = audit(NO_FACTS).map(({ invariant }) => invariant);
/** Starting, collecting and stopping, beside what the options say. */
const SLACK_MS = 300_000;

/** A run as a suite: one test for each promise. */
export function describeChaos(options: ChaosOptions): void {
  describe(`after ${options.tasks} orders amid kills and outages (seed ${options.seed})`, () => {
    let result: ChaosResult;

    beforeAll(
      async () => {
        result = await runChaos(options);
        process.stdout.write(`\n${reportOf(result)}`);
      },
      options.durationMs + options.deadlineSeconds * 1000 + SLACK_MS,
    );

    it.each(INVARIANTS)('%s', (name) => {
      const verdict = result.verdicts.find(({ invariant }) => invariant === name);

      expect(verdict?.offences).toEqual([]);
    });

    it('no process ended by itself', () => {
      expect(result.unexpectedEnds).toEqual([]);
    });

    it('no order was refused', () => {
      expect(result.log.complaints).toEqual([]);
    });
  });
}
