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
  /** For faults after which a key rests, and for `setFault`. */
  readonly ownKey?: boolean;
  /** A comment after so much silence towards the caller; the gateway's own unless told. */
  readonly keepAliveMs?: number;
  /** Its names at the two upstreams; of the lane's own unless told. */
  readonly models?: readonly [main: string, spare: string];
}

const MAIN = 'main';
const SPARE = 'spare';

/**
 * Lanes through one gateway: each has a model of its own, so that what one upstream does to its caller is
 * nobody else's. Their upstreams are the same two, unless a lane must have a key of its own.
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
  }

  async lane(options: LaneOptions): Promise<Lane> {
    this.lanes += 1;
    const own = [`gpt-5-lane-${this.lanes}`, `gpt-4.1-lane-${this.lanes}`] as const;
    const [model, spareModel] = options.models ?? own;
    const name = options.ownKey ? `${MAIN}-${this.lanes}` : MAIN;
    if (options.ownKey) await this.upstream(name, 'openai');
    await this.send('PUT', `/admin/routes/${model}`, {
      targets: [
        { upstream: name, order: 0 },
        ...(options.spare ? [{ upstream: SPARE, model: spareModel, order: 1 }] : []),
      ],
      retries: RETRIES,
      timeouts: { headersMs: CLOCK_MS, firstTokenMs: CLOCK_MS, idleMs: CLOCK_MS, totalMs: 30_000 },
      delivery: options.delivery,
      ...(options.keepAliveMs !== undefined && { keepAliveMs: options.keepAliveMs }),
    });
    return {
      upstream: name,
      model,
      spareModel: options.spare ? spareModel : null,
      seenByMain: async () => await this.seen(name, model),
      seenBySpare: async () => await this.seen(SPARE, spareModel),
      setFault: async (fault) => await this.sandbox.setFault(keyOf(name), fault),
    };
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
