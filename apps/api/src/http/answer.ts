/** The envelope of everything that the gateway itself owns. */
export interface Answer<T> {
  readonly code: 0;
  readonly message: 'ok';
  readonly data: T;
}

export const answer = <T>(data: T): Answer<T> => ({ code: 0, message: 'ok', data });
