/** A month of the audit: one partition. Times are UTC. */
export interface AuditMonth {
  /** Of its table; holds digits and `_` alone beside the prefix. */
  readonly table: string;
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
}

export function auditMonth(year: number, month: number): AuditMonth {
  const from = new Date(Date.UTC(year, month));
  const digits = String(from.getUTCMonth() + 1).padStart(2, '0');
  return {
    table: `audit_log_${from.getUTCFullYear()}_${digits}`,
    from,
    to: new Date(Date.UTC(year, month + 1)),
  };
}

/** From the month of `first` to that of `last`, both included. */
export function auditMonths(first: Date, last: Date): readonly AuditMonth[] {
  const months: AuditMonth[] = [];
  const year = first.getUTCFullYear();
  for (let month = first.getUTCMonth(); ; month++) {
    const next = auditMonth(year, month);
    if (next.from > last) return months;
    months.push(next);
  }
}

/** The month that a table's name says, or null when it is none. */
export function monthOfTable(table: string): AuditMonth | null {
  const [, year, month] = /^audit_log_(\d{4})_(\d{2})$/.exec(table) ?? [];
  if (year === undefined || month === undefined) return null;
  const named = auditMonth(Number(year), Number(month) - 1);
  return named.table === table ? named : null;
}
