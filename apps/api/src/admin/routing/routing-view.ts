import type { LiveUpstream, StoredRoute, StoredUpstream, TargetHealth } from '@app/proxy';

/** What this process sees of an upstream; null: it cannot be used. */
export interface Sight {
  readonly live: LiveUpstream | null;
  readonly health: Pick<TargetHealth, 'failing'>;
}

const seconds = (unixMs: number): number => Math.floor(unixMs / 1_000);

/** The one of the environment. */
export const ownUpstreamView = (live: LiveUpstream, health: Sight['health']) => ({
  name: live.name,
  source: 'environment',
  baseUrl: live.baseUrl,
  weight: live.weight,
  injectUsage: live.injectUsage,
  hasSecret: live.accounts.hasKeys,
  trouble: null,
  ...stateOf({ live, health }),
  createdAt: null,
  changedAt: null,
});

export const storedUpstreamView = (stored: StoredUpstream, sight: Sight) => ({
  name: stored.name,
  source: 'stored',
  baseUrl: stored.baseUrl,
  weight: stored.weight,
  injectUsage: stored.injectUsage,
  hasSecret: stored.sealed !== null,
  trouble: sight.live ? null : 'MASTER_KEY does not open its secret: give it again',
  ...stateOf(sight),
  createdAt: seconds(stored.createdAt.getTime()),
  changedAt: seconds(stored.changedAt.getTime()),
});

const STATES = { well: 'closed', probe: 'half-open', open: 'open' } as const;

function stateOf({ live, health }: Sight) {
  if (!live) return { accounts: [], breakers: [] };
  return {
    accounts: live.accounts.standing().map(({ id, inFlight, restsUntilMs }) => ({
      id,
      requestsInFlight: inFlight,
      restsUntil: restsUntilMs === null ? null : seconds(restsUntilMs),
    })),
    breakers: health.failing(live.name).map(({ model, state }) => ({
      model,
      state: STATES[state.kind],
      openUntil: state.kind === 'open' ? seconds(state.untilMs) : null,
    })),
  };
}

/** @param known names of the upstreams that there are */
export function routeView({ changedAt, ...route }: StoredRoute, known: ReadonlySet<string>) {
  const named = new Set(route.targets.map(({ upstream }) => upstream));
  return {
    ...route,
    missingUpstreams: [...named].filter((name) => !known.has(name)),
    changedAt: seconds(changedAt.getTime()),
  };
}
