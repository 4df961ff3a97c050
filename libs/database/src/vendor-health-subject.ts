/** Keys of `vendor_health`: a model of a vendor, or one of its accounts. */
export const modelSubject = (provider: string, model: string): string =>
  `model:${provider}/${model}`;
export const accountSubject = (account: string): string => `account:${account}`;

/** What a row is about. */
export function readSubject(
  provider: string,
  subject: string,
): { readonly kind: 'model' | 'account'; readonly name: string } {
  const model = `model:${provider}/`;
  if (subject.startsWith(model)) return { kind: 'model', name: subject.slice(model.length) };
  return { kind: 'account', name: subject.slice('account:'.length) };
}
