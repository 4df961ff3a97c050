import { createLogger, createMetrics } from '@app/observability';
import { Archivist } from '@app/outputs';
import { ArchiveStep } from '../archive.step.js';
import { CheckStep } from '../check.step.js';
import { Durations } from '../durations.js';
import { OutputIntake } from '../output-intake.js';
import { StepTools } from '../step-tools.js';
import { SubmitStep } from '../submit.step.js';
import { FakeDoor, InMemoryOutputStore } from './fake-archive.js';
import { accountOf, FakeVendor, vendorsOf } from './fake-vendor.js';
import { InMemoryTaskStore } from './in-memory-task.store.js';
import { makeContext } from './make-task.js';
import { RecordingBell } from './recording-bell.js';

const metrics = createMetrics();
const silentLogger = createLogger({ name: 'test', level: 'silent' });

/** The steps on fakes: one vendor with one account, an in-memory store, a door that goes nowhere. */
export function workbench(options: { readonly store?: InMemoryTaskStore } = {}) {
  const { store = new InMemoryTaskStore() } = options;
  const vendor = new FakeVendor();
  const durations = new Durations();
  const outputs = new InMemoryOutputStore();
  const door = new FakeDoor();
  const bell = new RecordingBell();
  const archivist = new Archivist(door, outputs, { maxOutputBytes: 100_000 });
  const intake = new OutputIntake(archivist, 3600);
  const vendors = vendorsOf(accountOf(vendor, 'fake:1'));
  const told = { rings: 0, pauses: 0 };
  const tools = new StepTools(
    store,
    vendors,
    durations,
    makeContext().link,
    silentLogger,
    metrics,
    () => (told.rings += 1),
    async () => void (told.pauses += 1),
  );
  return {
    store,
    vendor,
    vendors,
    durations,
    outputs,
    door,
    bell,
    intake,
    tools,
    told,
    metrics,
    submit: new SubmitStep(tools, intake, 'worker-1'),
    check: new CheckStep(tools, intake, bell),
    archive: new ArchiveStep(tools, archivist),
    /** What the steps' helpers of `task-store-harness` need. */
    harness: {
      store,
      makeTenant: async () => 'tn_1',
      deliveriesOf: async (taskId: string) =>
        store.deliveries.filter((delivery) => delivery.taskId === taskId),
      rings: async () => store.rings,
    },
  };
}

/** A signal that nobody aborts. */
export const running = (): AbortSignal => new AbortController().signal;
