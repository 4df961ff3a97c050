import type { Candidate, Plan } from '../routing/plan-route.js';
import type { ExplainedCandidate } from './explanation.js';

/** How each candidate of a plan was met. Pure. */
export const explainedCandidates = (
  { candidates }: Plan,
  asked: ReadonlySet<Candidate>,
): readonly ExplainedCandidate[] =>
  candidates.map((candidate) => {
    const { upstream, model, skip } = candidate;
    const spare = skip === null ? 'spare' : 'skipped';
    return { upstream, model, state: asked.has(candidate) ? 'asked' : spare, why: skip };
  });
