import type { Ring } from './transition.js';

/*
 * `DueWork.overdue` names its rings by why a row is overdue: `again-N` where ring N should have come,
 * `lease-N` where the worker in attempt N has stopped renewing its lease.
 */

/** The ring that should have come, when this one stands in for it. */
export const firstRing = ({ ring }: Ring): string => ring.replace(/^again-/, '');

/** Whether the ring says that a worker died in its call. */
export const isAboutLease = ({ ring }: Ring): boolean => ring.startsWith('lease-');
