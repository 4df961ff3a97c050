/** A column of boxes that only MASTER_KEY opens, and the column beside it that names the key. */
export interface SealedColumn {
  readonly table: string;
  /** Its primary key, which never changes. */
  readonly id: string;
  readonly box: string;
  readonly keyId: string;
  /** What the box was sealed for (`SealContext.purpose`). */
  readonly purpose: string;
  /** An SQL expression over the row: as what it was sealed (`SealContext.rowId`). */
  readonly rowId: string;
}

/**
 * Every sealed column of the database. `taskgate admin rekey` seals again what is listed here, and
 * nothing else; a test holds the list to the schema: a column whose name ends in `box` must be in it.
 */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  {
    table: 'instance',
    id: 'id',
    box: 'key_pepper_box',
    keyId: 'key_pepper_key_id',
    purpose: 'key-pepper',
    rowId: `'instance'`,
  },
  {
    table: 'instance',
    id: 'id',
    box: 'callback_key_box',
    keyId: 'callback_key_key_id',
    purpose: 'callback-key',
    rowId: `'instance'`,
  },
  {
    table: 'callback_secrets',
    id: 'id',
    box: 'box',
    keyId: 'master_key_id',
    purpose: 'callback-secret',
    rowId: `tenant_id || '/' || id`,
  },
  {
    table: 'credentials',
    id: 'id',
    box: 'box',
    keyId: 'master_key_id',
    purpose: 'credential',
    rowId: 'id',
  },
  {
    table: 'upstreams',
    id: 'name',
    box: 'box',
    keyId: 'master_key_id',
    purpose: 'upstream-secret',
    rowId: 'name',
  },
];
