/** Where a page ends and the next one begins. */
export interface AuditPosition {
  readonly time: Date;
  readonly requestId: string;
}

export interface AuditFilter {
  readonly tenant?: string;
  /** Both included; the same twice is one status. */
  readonly status?: { readonly from: number; readonly to: number };
  readonly model?: string;
  readonly requestId?: string;
  readonly keyPrefix?: string;
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
}

export interface AuditQuery extends AuditFilter {
  /** Rows older than this one. */
  readonly after?: AuditPosition;
  readonly limit: number;
}
