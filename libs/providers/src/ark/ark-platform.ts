/**
 * One API, two companies: BytePlus abroad, Volcengine in China. Keys, prices and the names of models
 * belong to one of them, so the base URL decides.
 */
export type ArkPlatform = 'byteplus' | 'volcengine';

/** Pure. Any host that is not Volcengine's is taken for the international one. */
export function platformOf(baseUrl: string): ArkPlatform {
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).hostname : '';
  return VOLCENGINE.test(host) ? 'volcengine' : 'byteplus';
}

const VOLCENGINE = /(^|\.)(volces|volcengine|volcengineapi)\.com$/;

/**
 * Pure. A model of the catalog, which has BytePlus's names, by the name that the host knows it by:
 * `dreamina-seedance-2-0-260128` abroad is `doubao-seedance-2-0-260128` in China.
 */
export function vendorModelAt(baseUrl: string, vendorModel: string): string {
  if (platformOf(baseUrl) === 'byteplus') return vendorModel;
  return `doubao-${vendorModel.replace(BRAND, '')}`;
}

const BRAND = /^(doubao|dreamina|dola)-/;

/**
 * Pure. The name that the price table has for a vendor's model, whichever host named it:
 * `doubao-seedance-1-0-lite-i2v-250428` is `seedance-1.0-lite`.
 */
export function pricedAsOf(vendorModel: string): string {
  return vendorModel
    .replace(BRAND, '')
    .replace(/-\d{6}$/, '')
    .replace(/-(t2v|i2v)$/, '')
    .replace(/-(\d)-(\d)/, '-$1.$2');
}
