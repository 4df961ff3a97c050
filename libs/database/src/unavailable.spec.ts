import { GatewayError } from '@app/errors';
import { describe, expect, it } from 'vitest';
import { asUnavailable, isUnreached } from './unavailable.js';

const withCode = (code: string): Error => Object.assign(new Error('it broke'), { code });

describe('asUnavailable', () => {
  it.each([
    ['a refused connection', withCode('ECONNREFUSED')],
    ['a reset connection', withCode('ECONNRESET')],
    ['a name that does not resolve', withCode('ENOTFOUND')],
    ['a missing socket file', withCode('ENOENT')],
    ['SQLSTATE 08006, connection failure', withCode('08006')],
    ['SQLSTATE 57P01, the server shuts down', withCode('57P01')],
    ['SQLSTATE 57P03, the server starts up', withCode('57P03')],
    ['SQLSTATE 53300, too many connections', withCode('53300')],
    ['Prisma P1001, server not reached', withCode('P1001')],
    ['no free connection in time', new Error('timeout exceeded when trying to connect')],
    ['a connection that ended', new Error('Connection terminated unexpectedly')],
    ['an answer that never came', new Error('Query read timeout')],
    ['a cause that says so', new Error('query failed', { cause: withCode('ECONNREFUSED') })],
    ['one of several tries', new AggregateError([new Error('v6'), withCode('ECONNREFUSED')])],
  ])('takes %s for "try again shortly"', (_, error) => {
    const answer = asUnavailable(error);

    expect(answer).toBeInstanceOf(GatewayError);
    expect(answer).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      retryAfterSeconds: 2,
      cause: error,
    });
  });

  it.each([
    ['a constraint that is violated', withCode('23505')],
    ['a statement that took too long', withCode('57014')],
    ['a column that does not exist', withCode('42703')],
    ['any other error', new Error('Cannot read properties of undefined')],
    ['what is no error', 'ECONNREFUSED'],
    ['nothing', undefined],
    [
      'a cause too deep to be its reason',
      new Error('1', {
        cause: new Error('2', {
          cause: new Error('3', { cause: new Error('4', { cause: withCode('08006') }) }),
        }),
      }),
    ],
  ])('leaves %s as it is', (_, error) => {
    expect(asUnavailable(error)).toBe(error);
  });

  it('passes on what is unavailable already', () => {
    const error = new GatewayError('NOT_FOUND', 'No task.');

    expect(asUnavailable(error)).toBe(error);
  });

  it('does not loop over an error that causes itself', () => {
    const error = new Error('round');
    error.cause = error;

    expect(asUnavailable(error)).toBe(error);
  });
});

describe('isUnreached', () => {
  it.each([
    ['a refused connection', withCode('ECONNREFUSED')],
    ['a server that starts up', withCode('57P03')],
    ['no free connection in time', new Error('timeout exceeded when trying to connect')],
  ])('is %s, also as what callers see of it: nothing was written', (_, error) => {
    expect(isUnreached(error)).toBe(true);
    expect(isUnreached(asUnavailable(error))).toBe(true);
  });

  it.each([
    ['a reset connection', withCode('ECONNRESET')],
    ['a connection that ended', new Error('Connection terminated unexpectedly')],
    ['an answer that never came', new Error('Query read timeout')],
    ['a server that shuts down', withCode('57P01')],
    ['any other error', new Error('it broke')],
  ])('is not %s: something may have been written', (_, error) => {
    expect(isUnreached(asUnavailable(error))).toBe(false);
  });
});
