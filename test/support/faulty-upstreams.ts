import { GatewayClient } from './gateway-client.js';
import { SandboxControl, type SeenCall } from './sandbox-control.js';
import type { Stack } from './stack.js';

/** Milliseconds. Short, so that silence is soon noticed; long enough for a busy machine. */
const CLOCK_MS = 2_000;
export const RETRIES = 2;

export type Delivery = 'live' | 'complete';

export interface Lane {
  /** Its own upstream's name. */
  readonly name: string;
  /** What the caller asks for; the first target calls it the same. */
  readonly model: string;
  /** The same model's name at the spare; null: there is no spare. */
  readonly spareModel: string | null;
  /** What its own upstream was sent, oldest first. */
  seenByMain(): Promise<readonly SeenCall[]>;
  seenBySpare(): Promise<readonly SeenCall[]>;
  /** From now on its own upstream shows the fault to every call; null: it is well again. */
  setFault(fault: string | null): Promise<void>;
}

const SPARE = 'spare';

/**
 * Lanes through one gateway that share nothing but a healthy spare: each has an upstream, a key and a
 * model of its own, so that what one upstream does to its caller is nobody else's.
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
  }

  async lane(options: {
    readonly delivery: Delivery;
    readonly spare: boolean;
    /** A comment after so much silence towards the caller; the gateway's own unless told. */
    readonly keepAliveMs?: number;
    /** Its names at the two upstreams; of the lane's own unless told. */
    readonly models?: readonly [main: string, spare: string];
  }): Promise<Lane> {
    this.lanes += 1;
    const name = `main-${this.lanes}`;
    const own = [`gpt-5-lane-${this.lanes}`, `gpt-4.1-lane-${this.lanes}`] as const;
    const [model, spareModel] = options.models ?? own;
    await this.upstream(name, 'openai');
    await this.put(`/admin/routes/${model}`, {
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
      name,
      model,
      spareModel: options.spare ? spareModel : null,
      seenByMain: async () => await this.sandbox.requestsOf(keyOf(name)),
      seenBySpare: async () =>
        (await this.sandbox.requestsOf(keyOf(SPARE))).filter((call) => call.model === spareModel),
      setFault: async (fault) => await this.sandbox.setFault(keyOf(name), fault),
    };
  }

  private async upstream(name: string, provider: string): Promise<void> {
    const baseUrl = `${this.stack.sandbox.url}/${provider}/v1`;
    await this.put('/admin/upstreams', { name, baseUrl, secret: keyOf(name) }, 'POST');
  }

  private async put(path: string, body: object, method = 'PUT'): Promise<void> {
    const answer = await this.admin.request(path, { method, body });
    if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  }
}

/** Each upstream's key is its name with a prefix, so that the sandbox tells them apart. */
const keyOf = (upstream: string): string => `key-of-${upstream}`;
