import type { DoorResponse } from './door.js';

/** Headers of one answer, repeated ones counted each; their bytes are the transport's to limit. */
const MAX_HEADERS = 256;
/** 1xx answers before the one that counts. */
export const MAX_INTERIM_ANSWERS = 16;

/** The head as it is given on; null: more headers than any honest server sends. */
export function headOf(
  status: number,
  headers: DoorResponse['headers'],
): Pick<DoorResponse, 'status' | 'headers'> | null {
  let count = 0;
  for (const value of Object.values(headers)) count += Array.isArray(value) ? value.length : 1;
  return count > MAX_HEADERS ? null : { status, headers };
}
