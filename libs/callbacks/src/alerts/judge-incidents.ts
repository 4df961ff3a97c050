import type { Condition, Incident } from './alert.js';

export interface IncidentChanges {
  readonly begin: readonly Condition[];
  readonly end: readonly Incident[];
}

/** What came back before that was not over: a breaker that is tried with one call every few seconds is one incident. */
const SHORTEST_MS = 60_000;

/**
 * What has begun and what is over. What holds and is open already is neither; what stopped holding within
 * a minute of its beginning is over at a later look.
 */
export function judgeIncidents(
  conditions: readonly Condition[],
  open: readonly Incident[],
  now: Date,
): IncidentChanges {
  const known = new Set(open.map(nameOf));
  const holding = new Set(conditions.map(nameOf));
  return {
    begin: [...new Map(conditions.map((one) => [nameOf(one), one])).values()].filter(
      (condition) => !known.has(nameOf(condition)),
    ),
    end: open.filter(
      (incident) =>
        !holding.has(nameOf(incident)) && now.getTime() - incident.beganAt.getTime() >= SHORTEST_MS,
    ),
  };
}

const nameOf = ({ kind, subject }: Condition): string => `${kind} ${subject}`;
