import { ALLOWED, refused, type Verdict } from './verdict.js';

/**
 * Ports above 1023 that never serve callbacks or media but often an unprotected database, queue or
 * control plane: a POST there could do harm.
 */
const DENIED_PORTS: ReadonlySet<number> = new Set([
  1433, 1521, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5672, 5900, 5984, 6000,
  6379, 6443, 6666, 6667, 7000, 7001, 8500, 9042, 9092, 9200, 9300, 10250, 10255, 10257, 10259,
  11211, 15672, 16379, 26379, 27017, 27018, 28015,
]);

/** Ports that a URL chosen by somebody else may name: the web's own, or unprivileged and harmless. */
export function judgePort(port: number): Verdict {
  if (port === 80 || port === 443) return ALLOWED;
  if (port < 1024)
    return refused(`port ${port} is not taken; use 443, 80 or one from 1024 to 65535`);
  return DENIED_PORTS.has(port)
    ? refused(`port ${port} is not taken, because databases and control planes live there`)
    : ALLOWED;
}
