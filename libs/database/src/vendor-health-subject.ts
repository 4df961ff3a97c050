/** Keys of `vendor_health`: a model of a vendor, or one of its accounts. */
export const modelSubject = (provider: string, model: string): string =>
  `model:${provider}/${model}`;
export const accountSubject = (account: string): string => `account:${account}`;
/** By `troubleName`. The version before reads it as an account that there is not. */
export const troubleSubject = (name: string): string => `${TROUBLE}${name}`;

const TROUBLE = 'account-trouble:';

/** What a row is about. */
export function readSubject(
  provider: string,
  subject: string,
): { readonly kind: 'model' | 'account' | 'trouble'; readonly name: string } {
  const model = `model:${provider}/`;
  if (subject.startsWith(model)) return { kind: 'model', name: subject.slice(model.length) };
  if (subject.startsWith(TROUBLE)) return { kind: 'trouble', name: subject.slice(TROUBLE.length) };
  return { kind: 'account', name: subject.slice('account:'.length) };
}
