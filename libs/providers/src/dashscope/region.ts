/**
 * Whether the shipped prices hold at that base URL: they are those of the international list (Singapore).
 * China has a list of its own in another currency, and of Virginia, Frankfurt or Tokyo none was found.
 * A stand-in's or a proxy's address says nothing and counts as international.
 */
export function hasInternationalPrices(baseUrl: string): boolean {
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).hostname : '';
  return !OTHER_LISTS.some((pattern) => pattern.test(host));
}

/** https://www.alibabacloud.com/help/en/model-studio/regions: classic hosts, then those of a workspace. */
const OTHER_LISTS: readonly RegExp[] = [
  /^dashscope(-us|-finance|-vpc)?\.aliyuncs\.com$/,
  /\.(?!ap-southeast-1\.)[a-z0-9-]+\.maas\.aliyuncs\.com$/,
];
