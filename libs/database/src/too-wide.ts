import { GatewayError } from '@app/errors';

/** SQLSTATE of a statement that took longer than it may (`statement_timeout`). */
const QUERY_CANCELED = '57014';

/**
 * Runs a look through deliveries that no index holds for every filter: one that matches next to nothing
 * among millions takes too long, and the caller can narrow it down.
 * @throws GatewayError INVALID_REQUEST then
 */
export async function refuseTooWide<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === QUERY_CANCELED)) throw error;
    const message =
      'There is too much to look through for this filter; narrow it down with from and to.';
    throw new GatewayError('INVALID_REQUEST', message, { cause: error });
  }
}
