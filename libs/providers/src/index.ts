export { limitVariables } from './account-limits.js';
export { accountPoolOf } from './account-pool-of.js';
export { AccountPool, type AccountSource, type PooledAccount } from './account-pool.js';
export { accountOfKey, accountsOf, type ProviderAccount, type Variables } from './accounts.js';
export { Catalog, configuredProviders, type ModelLookup, submitSafetyOf } from './catalog.js';
export { type Credential, CREDENTIAL_STATES, newCredentialId, SHIFT_SHARES } from './credential.js';
export { CredentialStore, type NewCredential, type SealedCredential } from './credential.store.js';
export { CREDENTIAL_PURPOSE } from './open-credentials.js';
export { type CredentialMove, nextMoves, wantedFact, withdrawal } from './credential-rotation.js';
export { probe, type ProbeResult } from './probe.js';
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
