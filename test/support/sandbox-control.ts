/** One paid request that a stand-in vendor accepted. */
export interface Submit {
  readonly provider: string;
  readonly model: string;
  readonly prompt: string;
}

/** One request that a stand-in of OpenAI was sent, whatever became of it. */
export interface SeenCall {
  readonly provider: string;
  readonly model: string | null;
  /** Of the answer whose head has left; null: none has. */
  readonly status: number | null;
  /** `answered` whole; `cut` by the stand-in; `left`: the caller hung up; `open`: still on its way. */
  readonly state: 'open' | 'answered' | 'cut' | 'left';
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What tests ask the sandbox itself. */
export class SandboxControl {
  constructor(private readonly url: string) {}

  /** Accepted requests with this very prompt, directions included; oldest first. */
  async submits(prompt: string): Promise<readonly Submit[]> {
    return (await this.allSubmits()).filter((submit) => submit.prompt === prompt);
  }

  /** Every accepted request, oldest first. */
  async allSubmits(): Promise<readonly Submit[]> {
    const response = await fetch(`${this.url}/_sandbox/submits`);
    const { submits } = (await response.json()) as { submits: readonly Submit[] };
    return submits;
  }

  /** From now on the vendors refuse that key, or take it again. */
  async setRefused(key: string, refused: boolean): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ key, refused });
    const { status } = await fetch(`${this.url}/_sandbox/keys`, { method: 'POST', headers, body });
    if (status !== 200) throw new Error(`The sandbox answered ${status}`);
  }

  /** Requests under that key so far. */
  async usesOf(key: string): Promise<{ readonly taken: number; readonly refused: number }> {
    const response = await fetch(`${this.url}/_sandbox/keys`);
    const { keys } = (await response.json()) as {
      keys: readonly { key: string; taken: number; refused: number }[];
    };
    const { taken = 0, refused = 0 } = keys.find((one) => one.key === key) ?? {};
    return { taken, refused };
  }

  /** From now on answers in text under that key show the fault; null: no more. */
  async setFault(key: string, fault: string | null): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ key, fault });
    const { status } = await fetch(`${this.url}/_sandbox/faults`, {
      method: 'POST',
      headers,
      body,
    });
    if (status !== 200) throw new Error(`The sandbox answered ${status}`);
  }

  /** All that came under that key to the stand-ins of OpenAI, oldest first. */
  async requestsOf(key: string): Promise<readonly SeenCall[]> {
    const response = await fetch(`${this.url}/_sandbox/requests?key=${encodeURIComponent(key)}`);
    const { requests } = (await response.json()) as { requests: readonly SeenCall[] };
    return requests;
  }

  /** What the OpenAI stand-in was last sent; null before its first request. */
  async lastOpenAiRequest(): Promise<SeenRequest | null> {
    const response = await fetch(`${this.url}/_sandbox/last-openai-request`);
    const body = (await response.json()) as SeenRequest;
    return response.status === 404 ? null : body;
  }
}
