import { GatewayError } from '@app/errors';
import { describe, expect, it } from 'vitest';
import { refuseUnsafeJson } from './refuse-unsafe-json.js';

describe('refuseUnsafeJson', () => {
  it.each([
    ['{"input":{"prompt":"a\\u0000b"}}', 'input.prompt'],
    ['{"metadata":{"note":"\\ud83d"}}', 'metadata.note'],
    ['{"metadata":{"a\\u0000":"b"}}', 'metadata'],
    ['{"tasks":[{},{"model":"\\u0000"}]}', 'tasks.1.model'],
    ['{"input":{"__proto__":{"admin":true}}}', 'input.__proto__'],
    ['{"\\udc00":1}', null],
  ])('refuses %s naming the field', (text, param) => {
    const refuse = (): void => refuseUnsafeJson(JSON.parse(text));

    expect(refuse).toThrow(GatewayError);
    expect(refuse).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST', param }));
  });

  it('refuses more values or levels than any request needs', () => {
    const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`k${index}`, 1]));
    const deep: unknown = JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`);

    expect(() => refuseUnsafeJson(many)).toThrow('more than 10000 values');
    expect(() => refuseUnsafeJson(deep)).toThrow('more than 32 levels');
  });

  it.each(['{}', '{"a":["größer 🚀",null,1,true,{"constructor":"b"}]}'])('takes %s', (text) => {
    expect(() => refuseUnsafeJson(JSON.parse(text))).not.toThrow();
  });
});
