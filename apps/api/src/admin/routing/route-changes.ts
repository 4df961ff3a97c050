import { GatewayError } from '@app/errors';
import {
  DEFAULT_UPSTREAM,
  readRoute,
  type Route,
  RoutingStore,
  RoutingWatch,
  type StoredRouting,
} from '@app/proxy';
import { modelSpelling } from '@app/tenants';
import { Injectable } from '@nestjs/common';
import { fieldRefusal, shown } from '../../http/field-refusal.js';

/** Operators' routes. In force here at once, elsewhere within 2 s. */
@Injectable()
export class RouteChanges {
  constructor(
    private readonly store: RoutingStore,
    private readonly watch: RoutingWatch,
  ) {}

  /**
   * Adds a route or replaces the one of this model.
   * @throws GatewayError INVALID_REQUEST naming the field and what it takes
   */
  async put(model: string, body: unknown): Promise<void> {
    const route = readRoute(model, body, { others: 'refused' });
    const stored = await this.store.list();
    refuseUnknownUpstreams(route, stored);
    const others = stored.routes.filter((one) => one.model !== model);
    refuseOtherSpelling(model, others);
    if (others.length >= MAX_ROUTES) {
      throw fieldRefusal('model', `is one too many: there are ${MAX_ROUTES} other routes`);
    }
    await this.store.putRoute(route);
    await this.watch.runOnce();
  }

  /** @throws GatewayError NOT_FOUND */
  async remove(model: string): Promise<void> {
    if (!(await this.store.removeRoute(model))) {
      const { routes } = await this.store.list();
      const alike = routes.find((one) => modelSpelling(one.model) === modelSpelling(model));
      const hint = alike ? ` There is one of ${alike.model}.` : '';
      throw new GatewayError('NOT_FOUND', `No route of ${shown(model)}.${hint}`);
    }
    await this.watch.runOnce();
  }
}

function refuseUnknownUpstreams({ targets }: Route, { upstreams }: StoredRouting): void {
  const known = [DEFAULT_UPSTREAM, ...upstreams.map(({ name }) => name)];
  const at = targets.findIndex(({ upstream }) => !known.includes(upstream));
  if (at === -1) return;
  const given = shown(targets[at]?.upstream);
  throw fieldRefusal(`targets[${at}].upstream`, `takes one of ${known.join(', ')}, not ${given}`);
}

/** Of two that mean the same one would never be asked. */
function refuseOtherSpelling(model: string, others: readonly Route[]): void {
  const same = others.find((one) => modelSpelling(one.model) === modelSpelling(model));
  if (!same) return;
  const why = 'dots and dashes are alike, and case makes no difference';
  throw fieldRefusal('model', `means the same as the route of ${same.model}: ${why}`);
}

/** Every process keeps all of them. */
const MAX_ROUTES = 1_000;
