export { limitVariables } from './account-limits.js';
export { accountsOf, type ProviderAccount, type Variables } from './accounts.js';
export { findModel, listModels, type ModelLookup, providerOf, submitSafetyOf } from './catalog.js';
export type { Model } from './model.js';
export type {
  AccountLimits,
  Checked,
  Done,
  InputIssue,
  Json,
  JsonObject,
  LostSubmit,
  MediaSlot,
  Prepared,
  Provider,
  ProviderContext,
  ProviderEnvironment,
  ProviderSetting,
  Recovered,
  SubmitContext,
  SubmitSafety,
  Submitted,
  Usage,
  VendorOutput,
} from './provider.js';
export { providers } from './registry.js';
export { validateInput } from './validate-input.js';
