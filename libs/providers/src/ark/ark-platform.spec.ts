import { describe, expect, it } from 'vitest';
import { platformOf, pricedAsOf, vendorModelAt } from './ark-platform.js';

const ABROAD = 'https://ark.ap-southeast.bytepluses.com/api/v3';
const CHINA = 'https://ark.cn-beijing.volces.com/api/v3';

describe('a base URL', () => {
  it.each([
    [ABROAD, 'byteplus'],
    ['https://ark.eu-west.bytepluses.com/api/v3', 'byteplus'],
    [CHINA, 'volcengine'],
    ['https://ark.cn-beijing.volcengineapi.com/api/v3', 'volcengine'],
    ['http://127.0.0.1:8100/ark/api/v3', 'byteplus'],
    ['https://notvolces.com.example/api/v3', 'byteplus'],
    ['https://evilvolces.com/api/v3', 'byteplus'],
    ['no URL', 'byteplus'],
  ])('%s is of %s', (baseUrl, platform) => {
    expect(platformOf(baseUrl)).toBe(platform);
  });
});

describe('a model', () => {
  it.each([
    ['dreamina-seedance-2-5-260628', 'doubao-seedance-2-5-260628'],
    ['dreamina-seedance-2-0-fast-260128', 'doubao-seedance-2-0-fast-260128'],
    ['seedance-1-5-pro-251215', 'doubao-seedance-1-5-pro-251215'],
    ['seedance-1-0-lite-i2v-250428', 'doubao-seedance-1-0-lite-i2v-250428'],
    ['dola-seedream-5-0-pro-260628', 'doubao-seedream-5-0-pro-260628'],
    ['seedream-4-5-251128', 'doubao-seedream-4-5-251128'],
  ])('%s keeps its name abroad and is %s in China', (model, inChina) => {
    expect(vendorModelAt(ABROAD, model)).toBe(model);
    expect(vendorModelAt(CHINA, model)).toBe(inChina);
    expect(vendorModelAt(CHINA, inChina)).toBe(inChina);
  });

  it.each([
    ['dreamina-seedance-2-0-mini-260615', 'seedance-2.0-mini'],
    ['doubao-seedance-1-0-lite-i2v-250428', 'seedance-1.0-lite'],
    ['seedance-1-0-pro-fast-251015', 'seedance-1.0-pro-fast'],
    ['dola-seedream-5-0-pro-260628', 'seedream-5.0-pro'],
  ])('%s is priced as %s', (model, pricedAs) => {
    expect(pricedAsOf(model)).toBe(pricedAs);
  });
});
