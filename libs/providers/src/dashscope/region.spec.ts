import { expect, it } from 'vitest';
import { hasInternationalPrices } from './region.js';

it.each([
  ['https://dashscope-intl.aliyuncs.com/api/v1', true],
  ['https://ws-1.ap-southeast-1.maas.aliyuncs.com/api/v1', true],
  ['http://127.0.0.1:8100/dashscope/api/v1', true],
  ['https://dashscope.aliyuncs.com/api/v1', false],
  ['https://dashscope-us.aliyuncs.com/api/v1', false],
  ['https://ws-1.cn-beijing.maas.aliyuncs.com/api/v1', false],
  ['https://ws-1.us-east-1.maas.aliyuncs.com/api/v1', false],
])('the international list is that of %s: %s', (baseUrl, expected) => {
  expect(hasInternationalPrices(baseUrl)).toBe(expected);
});
