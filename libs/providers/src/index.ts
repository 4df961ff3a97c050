export { limitVariables } from './account-limits.js';
export { accountsOf, type ProviderAccount, type Variables } from './accounts.js';
export { Catalog, configuredProviders, type ModelLookup, submitSafetyOf } from './catalog.js';
export type { Model } from './model.js';
export type {
  AccountLimits,
  Checked,
  Done,
  InputIssue,
  Json,
  JsonObject,
  LostSubmit,
  MediaKind,
  MediaPixels,
  MediaSlot,
  Prepared,
  Provider,
  ProviderContext,
  ProviderEnvironment,
  ProviderSetting,
  Recovered,
  ResultFailure,
  SubmitContext,
  SubmitSafety,
  Submitted,
  Usage,
  VendorOutput,
} from './provider.js';
export { providers } from './registry.js';
export { type InputPart, splitInput } from './split-input.js';
export { validateInput } from './validate-input.js';
