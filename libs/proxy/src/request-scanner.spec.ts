import { describe, expect, it } from 'vitest';
import { RequestScanner } from './request-scanner.js';

describe('RequestScanner', () => {
  it.each([
    ['{"model":"gpt-5.4","stream":true,"messages":[]}', 'gpt-5.4', true],
    ['{"messages":[{"model":"no"}],"stream":false}', null, false],
    ['{"model":7,"stream":"true"}', null, false],
    ['{"model":"a\\nb"}', null, false],
    ['not json', null, false],
  ])('reads %s', (body, model, stream) => {
    const scanner = new RequestScanner('application/json; charset=utf-8');
    for (const byte of Buffer.from(body)) scanner.write(Buffer.of(byte));

    expect(scanner.result()).toEqual({ model, stream });
  });

  it.each(['multipart/form-data; boundary=x', undefined])(
    'does not read a body of type %s',
    (type) => {
      const scanner = new RequestScanner(type);
      scanner.write(Buffer.from('{"model":"a"}'));

      expect(scanner.result()).toEqual({ model: null, stream: false });
    },
  );
});
