import { createLogger, createMetrics } from '@app/observability';
import { Archivist } from '@app/outputs';
import { ArchiveStep } from '../archive.step.js';
import { CancelTask } from '../cancel-task.js';
import { CheckStep } from '../check.step.js';
import { Durations } from '../durations.js';
import { EndOverdue } from '../end-overdue.js';
import { GatherStep } from '../gather.step.js';
import type { LeaseTimes } from '../lease-keeper.js';
import { LostSubmits } from '../lost-submits.js';
import { OutputIntake } from '../output-intake.js';
import { StepTools } from '../step-tools.js';
import { SubmitCalls } from '../submit-call.js';
import { SubmitStep } from '../submit.step.js';
import type { Vendors } from '../vendors.js';
import { FakeDoor, InMemoryOutputStore } from './fake-archive.js';
import { FakeInputFetcher } from './fake-input-fetcher.js';
import { accountOf, FakeVendor, vendorsOf } from './fake-vendor.js';
import { InMemoryDueChecks } from './in-memory-due-checks.js';
import { InMemoryDueWork } from './in-memory-due-work.js';
import { InMemoryTaskStore } from './in-memory-task.store.js';
import { makeContext } from './make-task.js';
import { RecordingBell } from './recording-bell.js';
import { RecordingReports } from './recording-reports.js';
import { RecordingSignals } from './recording-signals.js';

const metrics = createMetrics();
const silentLogger = createLogger({ name: 'test', level: 'silent' });

export interface WorkbenchOptions {
  readonly store?: InMemoryTaskStore;
  readonly vendors?: Vendors;
  readonly leaseTimes?: LeaseTimes;
  /** Whether vendors are given a URL to call back on. */
  readonly hooks?: boolean;
}

/** The steps on fakes: one vendor with one account, an in-memory store, a door that goes nowhere. */
export function workbench(options: WorkbenchOptions = {}) {
  const { store = new InMemoryTaskStore(), hooks = false } = options;
  const vendor = new FakeVendor();
  const durations = new Durations();
  const outputs = new InMemoryOutputStore();
  const door = new FakeDoor();
  const archivist = new Archivist(door, outputs, { maxOutputBytes: 100_000 });
  const intake = new OutputIntake(archivist, outputs, 3600);
  const vendors = options.vendors ?? vendorsOf(accountOf(vendor, 'fake:1'));
  const told = { rings: 0, deliveries: 0, pauses: 0, onPause: (): void => undefined };
  const signals = new RecordingSignals();
  const reports = new RecordingReports();
  const inputs = new FakeInputFetcher();
  const due = new InMemoryDueChecks();
  const { link } = makeContext();
  const onRings = () => (told.rings += 1);
  const onDelivery = () => (told.deliveries += 1);
  const tools = new StepTools({
    store,
    vendors,
    durations,
    reports,
    signals,
    link,
    logger: silentLogger,
    metrics,
    onRings,
    onDelivery,
    pause: async () => {
      told.pauses += 1;
      told.onPause();
    },
  });
  const hookUrls = (provider: string, attemptId: string) =>
    hooks ? `https://gateway.example/hooks/${provider}/${attemptId}/mac` : null;
  const lost = new LostSubmits(tools, intake, hookUrls);
  /** The submit step of one process. */
  const submitOf = (owner: string): SubmitStep => {
    const { leaseTimes } = options;
    const parts = { intake, lost, hookUrls, owner, ...(leaseTimes && { leaseTimes }) };
    return new SubmitStep(tools, { calls: new SubmitCalls(tools, parts), lost, inputs });
  };
  return {
    store,
    vendor,
    vendors,
    durations,
    outputs,
    door,
    bell: new RecordingBell(),
    due,
    intake,
    inputs,
    reports,
    signals,
    tools,
    told,
    metrics,
    submitOf,
    work: new InMemoryDueWork(store),
    submit: submitOf('worker-1'),
    check: new CheckStep(tools, { intake, lost, due }),
    archive: new ArchiveStep(tools, { archivist, intake }),
    gather: new GatherStep(tools),
    overdue: new EndOverdue(tools),
    cancel: new CancelTask({ store, providerOf: () => vendor, link, signals, onRings, onDelivery }),
    /** What the steps' helpers of `task-store-harness` need. */
    harness: {
      store,
      makeTenant: async () => 'tn_1',
      deliveriesOf: async (taskId: string) =>
        store.deliveries.filter((delivery) => delivery.taskId === taskId),
      transfersOf: async (taskId: string) =>
        store.transfers.filter(({ subject }) => subject === taskId),
      rings: async () => store.rings,
    },
  };
}

/** A signal that nobody aborts. */
export const running = (): AbortSignal => new AbortController().signal;
