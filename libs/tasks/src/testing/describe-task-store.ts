import { describe } from 'vitest';
import { describeTaskChanges } from './describe-task-changes.js';
import { describeTaskCreation } from './describe-task-creation.js';
import { describeTaskFences } from './describe-task-fences.js';
import { describeTaskErasure, describeTaskFilters } from './describe-task-filters.js';
import { describeTaskMoney } from './describe-task-money.js';
import { describeTaskParts } from './describe-task-parts.js';
import { describeTaskReading } from './describe-task-reading.js';
import { describeTaskRecovery } from './describe-task-recovery.js';
import type { MakeTaskStore } from './task-store-harness.js';

/** What every task store promises. Ids and tenants are fresh, so rows of others may be there. */
export function describeTaskStore(name: string, makeHarness: MakeTaskStore): void {
  describe(`${name} as a task store`, () => {
    describe('creating', () => {
      describeTaskCreation(makeHarness);
    });
    describe('changing', () => {
      describeTaskChanges(makeHarness);
    });
    describe('being changed by several at once', () => {
      describeTaskFences(makeHarness);
    });
    describe('reading', () => {
      describeTaskReading(makeHarness);
      describeTaskFilters(makeHarness);
    });
    describe('telling the ledger', () => {
      describeTaskMoney(makeHarness);
    });
    describe('of several calls', () => {
      describeTaskParts(makeHarness);
    });
    describe('being erased', () => {
      describeTaskErasure(makeHarness);
    });
    describe('recovering', () => {
      describeTaskRecovery(makeHarness);
    });
  });
}
