import { monotonicFactory } from 'ulid';

const ulid = monotonicFactory();

/** Ids are a prefix and a ULID (https://github.com/ulid/spec): sortable by the time they were made. */
export const newTaskId = (createdAt: Date = new Date()): string =>
  `tk-${ulid(createdAt.getTime())}`;
export const newAttemptId = (): string => `at-${ulid()}`;
export const newOutputId = (): string => `out-${ulid()}`;
