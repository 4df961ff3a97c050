import { Resolver } from 'node:dns/promises';
import type { ResolveName } from './name-resolver.js';

export interface DnsResolverOptions {
  /** `ip` or `ip:port`; empty: those that the system is set up with. */
  readonly servers?: readonly string[];
  /** For both questions of one lookup, also while it waits for its turn. */
  readonly budgetMs?: number;
  /** Lookups at once; more wait for their turn. */
  readonly maxAtOnce?: number;
}

/** One question, sent so many times, each time waited for twice as long. */
const QUESTION = { timeout: 1_000, tries: 3 };
const MAX_IDLE = 64;

/**
 * Asks name servers itself, for names that somebody else chose. The system's `getaddrinfo` occupies one
 * of libuv's four threads until it has an answer, so four slow names would hold up everybody's lookups
 * and files; here a slow name costs one socket, and is given up when its time is over. It knows neither
 * search domains nor `/etc/hosts`.
 */
export class DnsResolver {
  private readonly options: Required<DnsResolverOptions>;
  /** One resolver carries one lookup at a time, because it can only be cancelled whole. */
  private readonly idle: Resolver[] = [];
  private readonly waiting = new Set<() => void>();
  private atOnce = 0;

  constructor(options: DnsResolverOptions = {}) {
    this.options = { servers: [], budgetMs: 5_000, maxAtOnce: 1_024, ...options };
  }

  /** IPv4 before IPv6. @throws Error unless both questions were answered: half an answer is none */
  readonly resolve: ResolveName = async (name, signal) => {
    const overdue = new AbortController();
    const giveUp = () => overdue.abort();
    const timer = setTimeout(giveUp, this.options.budgetMs);
    signal?.addEventListener('abort', giveUp, { once: true });
    if (signal?.aborted === true) giveUp();
    try {
      return await this.inTurn(name, overdue.signal);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
  };

  private async inTurn(name: string, overdue: AbortSignal): Promise<readonly string[]> {
    await this.turn(overdue);
    try {
      return await this.ask(name, overdue);
    } finally {
      const next = this.waiting.values().next();
      // A turn that ends passes on to whoever waits.
      if (next.done === true) this.atOnce -= 1;
      else next.value();
    }
  }

  private async turn(overdue: AbortSignal): Promise<void> {
    overdue.throwIfAborted();
    if (this.atOnce < this.options.maxAtOnce) {
      this.atOnce += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        this.waiting.delete(go);
        overdue.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.waiting.delete(go);
        reject(new Error('No turn to ask for the name in time'));
      };
      this.waiting.add(go);
      overdue.addEventListener('abort', leave, { once: true });
    });
  }

  private async ask(name: string, overdue: AbortSignal): Promise<readonly string[]> {
    overdue.throwIfAborted();
    const resolver = this.idle.pop() ?? this.open();
    const cancel = () => resolver.cancel();
    overdue.addEventListener('abort', cancel, { once: true });
    try {
      const answers = await Promise.all([
        noneIsFine(resolver.resolve4(name)),
        noneIsFine(resolver.resolve6(name)),
      ]);
      // One that failed is not used again: its servers may have changed since.
      if (this.idle.length < MAX_IDLE) this.idle.push(resolver);
      return answers.flat();
    } catch (error) {
      cancel();
      throw error;
    } finally {
      overdue.removeEventListener('abort', cancel);
    }
  }

  private open(): Resolver {
    const resolver = new Resolver(QUESTION);
    if (this.options.servers.length > 0) resolver.setServers(this.options.servers);
    return resolver;
  }
}

/** That a name does not exist, or has no record of this type, is an answer; anything else is not. */
async function noneIsFine(answer: Promise<string[]>): Promise<string[]> {
  try {
    return await answer;
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENODATA' || code === 'ENOTFOUND') return [];
    throw error;
  }
}
