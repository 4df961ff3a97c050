import { expect, it } from 'vitest';
import { originForm } from './origin-form.js';

it.each([
  ['/v1/models?a=1', '/v1/models?a=1'],
  ['http://gateway:8000/v1/models?a=%2F', '/v1/models?a=%2F'],
  ['HTTPS://Gateway:8000/v1/a//b', '/v1/a//b'],
  ['http://gateway:8000', '/'],
  ['http://gateway:8000?a=1', '/?a=1'],
])('%s is %s', (target, expected) => {
  expect(originForm(target, 'gateway:8000')).toBe(expected);
});

it.each([
  'http://other:8000/v1/models',
  'http://gateway/v1/models',
  'http://user@gateway:8000/v1/models',
  'http://gateway:8000@other/v1/models',
  'ftp://gateway:8000/v1/models',
  '//gateway:8000/v1/models',
  '*',
])('%s is left as it is', (target) => {
  expect(originForm(target, 'gateway:8000')).toBe(target);
});

it('no host makes every absolute form another’s', () => {
  expect(originForm('http:///v1/models', undefined)).toBe('http:///v1/models');
});
