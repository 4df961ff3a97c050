export { accountsOf, type ProviderAccount, type Variables } from './accounts.js';
export { findModel, listModels, type ModelLookup, providerOf } from './catalog.js';
export type { Model } from './model.js';
export type {
  Checked,
  Done,
  InputIssue,
  Json,
  JsonObject,
  Prepared,
  Provider,
  ProviderContext,
  ProviderEnvironment,
  ProviderSetting,
  Submitted,
  Usage,
  VendorOutput,
} from './provider.js';
export { providers } from './registry.js';
export { validateInput } from './validate-input.js';
