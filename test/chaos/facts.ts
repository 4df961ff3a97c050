/** Everything that is known after a run: what clients, receivers, vendors, Postgres and the disk say. */
export interface Facts {
  readonly orders: readonly OrderFact[];
  readonly tasks: readonly TaskFact[];
  /** Status and error code as the API shows them, by task id; absent: the API has no such task. */
  readonly shown: ReadonlyMap<string, ShownTask>;
  readonly events: readonly EventFact[];
  readonly attempts: readonly AttemptFact[];
  readonly deliveries: readonly DeliveryFact[];
  readonly callbacks: readonly CallbackFact[];
  /** Prompts of the requests that vendors accepted, one entry for each. */
  readonly submits: readonly string[];
  readonly outputs: readonly OutputFact[];
  /** Files of the output store, by their key. */
  readonly files: readonly FileFact[];
  readonly outboxRows: number;
  /** What does not add up: `verifyLedger`'s differences, a sentence each. */
  readonly money: readonly string[];
}

/** One thing that a client wanted, and what it was told. Its prompt is unique. */
export interface OrderFact {
  readonly prompt: string;
  /** Each task id that an answer named: more than one answer where the key was sent again. */
  readonly answered: readonly string[];
  /** A create whose answer was lost and that was not sent again: there may be a task or none. */
  readonly mayExist: boolean;
  /** The outcome of the client's cancel, where it sent one and was answered. */
  readonly cancel: string | null;
}

export interface ShownTask {
  readonly status: string;
  readonly errorCode: string | null;
}

export interface TaskFact {
  readonly id: string;
  readonly prompt: string;
  readonly status: string;
  readonly errorCode: string | null;
  readonly onUnknown: string;
  readonly callbackUrl: string | null;
  /** The vendor account whose slot it holds. */
  readonly account: string | null;
  /** Somebody is still to look at it: the time, or null. */
  readonly nextActionAt: Date | null;
  readonly dispatchAt: Date | null;
  /** The task of which this one is a part; null: it is a task of its own. */
  readonly parentId: string | null;
  /** How often its vendor may be paid where all goes well: once for each part. */
  readonly calls: number;
}

export interface EventFact {
  readonly taskId: string;
  readonly version: number;
  readonly from: string;
  readonly to: string;
}

export interface AttemptFact {
  readonly id: string;
  readonly taskId: string;
  readonly state: string;
}

export interface DeliveryFact {
  readonly id: string;
  readonly taskId: string;
  readonly event: string;
  readonly state: string;
}

/** One callback as a receiver got it. */
export interface CallbackFact {
  readonly webhookId: string;
  readonly event: string;
  readonly taskId: string;
  readonly status: string;
  /** SHA-256 of the bytes, hex. */
  readonly digest: string;
  readonly signatureIsValid: boolean;
  /** The receiver said 2xx. */
  readonly taken: boolean;
}

export interface OutputFact {
  readonly taskId: string;
  readonly key: string | null;
  readonly bytes: number | null;
}

export interface FileFact {
  readonly key: string;
  readonly bytes: number;
}

/** Before anything happened. */
export const NO_FACTS: Facts = {
  orders: [],
  tasks: [],
  shown: new Map(),
  events: [],
  attempts: [],
  deliveries: [],
  callbacks: [],
  submits: [],
  outputs: [],
  files: [],
  outboxRows: 0,
  money: [],
};
