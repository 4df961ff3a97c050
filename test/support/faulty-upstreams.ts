import { GatewayClient } from './gateway-client.js';
import { SandboxControl, type SeenCall } from './sandbox-control.js';
import type { Stack } from './stack.js';

/** Milliseconds. Short, so that silence is soon noticed; long enough for a busy machine. */
const CLOCK_MS = 2_000;
export const RETRIES = 2;

export type Delivery = 'live' | 'complete';

export interface Lane {
  /** Its first target's. */
  readonly upstream: string;
  /** What the caller asks for; the first target calls it the same. */
  readonly model: string;
  /** The same model's name at the spare; null: there is no spare. */
  readonly spareModel: string | null;
  /** What its first target was sent, oldest first. */
  seenByMain(): Promise<readonly SeenCall[]>;
  seenBySpare(): Promise<readonly SeenCall[]>;
  /** From now on its own key is shown the fault at every call; null: no more. */
  setFault(fault: string | null): Promise<void>;
}

interface LaneOptions {
  readonly delivery: Delivery;
  readonly spare: boolean;
  /** A route of its own, and what sets it apart from those that share one. */
  readonly own?: {
    /** The first target has a key of its own: for faults after which a key rests, and for `setFault`. */
    readonly key?: true;
    /** A comment after so much silence towards the caller; the gateway's own unless told. */
    readonly keepAliveMs?: number;
    /** Its names at the two upstreams; two of the lane's own unless told. */
    readonly models?: readonly [main: string, spare: string];
  };
}

const MAIN = 'main';
const SPARE = 'spare';

/**
 * Lanes through one gateway: each has a model of its own, so that what one upstream does to its caller is
 * nobody else's. Most share their upstreams and a route, in which the spare knows the model by the same name.
 */
export class FaultyUpstreams {
  private readonly admin: GatewayClient;
  private readonly sandbox: SandboxControl;
  private lanes = 0;

  constructor(private readonly stack: Stack) {
    this.admin = new GatewayClient(stack.url, stack.adminToken);
    this.sandbox = new SandboxControl(stack.sandbox.url);
  }

  /** Before any lane. */
  async open(): Promise<void> {
    await this.upstream(SPARE, 'openai-b');
    await this.upstream(MAIN, 'openai');
    for (const delivery of ['live', 'complete'] as const) {
      for (const spare of [true, false]) {
        await this.route(`${sharedName({ delivery, spare })}*`, { delivery, spare });
      }
    }
  }

  async lane(options: LaneOptions): Promise<Lane> {
    this.lanes += 1;
    const { own, spare } = options;
    const shared = `${sharedName(options)}${this.lanes}`;
    const ours = own ? [`gpt-5-own-${this.lanes}`, `gpt-4.1-own-${this.lanes}`] : [shared, shared];
    const [model = '', spareModel = ''] = own?.models ?? ours;
    const upstream = own?.key ? `${MAIN}-${this.lanes}` : MAIN;
    if (own?.key) await this.upstream(upstream, 'openai');
    if (own) await this.route(model, options, { upstream, spareModel });
    return {
      upstream,
      model,
      spareModel: spare ? spareModel : null,
      seenByMain: async () => await this.seen(upstream, model),
      seenBySpare: async () => await this.seen(SPARE, spareModel),
      setFault: async (fault) => await this.sandbox.setFault(keyOf(upstream), fault),
    };
  }

  private async route(
    model: string,
    { delivery, spare, own }: LaneOptions,
    { upstream = MAIN, spareModel }: { upstream?: string; spareModel?: string } = {},
  ): Promise<void> {
    const elsewhere = { upstream: SPARE, order: 1, ...(spareModel && { model: spareModel }) };
    await this.send('PUT', `/admin/routes/${encodeURIComponent(model)}`, {
      targets: [{ upstream, order: 0 }, ...(spare ? [elsewhere] : [])],
      retries: RETRIES,
      timeouts: { headersMs: CLOCK_MS, firstTokenMs: CLOCK_MS, idleMs: CLOCK_MS, totalMs: 30_000 },
      delivery,
      ...(own?.keepAliveMs !== undefined && { keepAliveMs: own.keepAliveMs }),
    });
  }

  private async seen(upstream: string, model: string): Promise<readonly SeenCall[]> {
    const calls = await this.sandbox.requestsOf(keyOf(upstream));
    return calls.filter((call) => call.model === model);
  }

  private async upstream(name: string, provider: string): Promise<void> {
    const baseUrl = `${this.stack.sandbox.url}/${provider}/v1`;
    await this.send('POST', '/admin/upstreams', { name, baseUrl, secret: keyOf(name) });
  }

  private async send(method: string, path: string, body: object): Promise<void> {
    const answer = await this.admin.request(path, { method, body });
    if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  }
}

/** Each upstream's key is its name with a prefix, so that the sandbox tells them apart. */
const keyOf = (upstream: string): string => `key-of-${upstream}`;

const sharedName = ({ delivery, spare }: LaneOptions): string =>
  `gpt-5-${delivery}-${spare ? 'spared' : 'alone'}-`;
