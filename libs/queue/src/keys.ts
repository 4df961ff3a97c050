/** `{…}` keeps our keys on one node of a Redis Cluster. */
export const QUEUE_PREFIX = '{taskgate}';
