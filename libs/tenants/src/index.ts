export {
  type AdminAction,
  type AdminActionDetails,
  type AdminActionPage,
  AdminActionStore,
  chain,
  type ChainedAction,
  type ChainHead,
} from './admins/admin-action.js';
export { AdminAuthenticator } from './admins/admin-authenticator.js';
export {
  ADMIN_ROLES,
  type Admin,
  type AdminIdentity,
  type AdminRole,
  AdminStore,
  type NewAdminRow,
  ROOT_ADMIN,
} from './admins/admin.js';
export { issueAdmin } from './admins/issue-admin.js';
export { ChainWalk, type ChainVerdict } from './admins/verify-chain.js';
export { AttemptLimit, type AttemptLimitOptions } from './attempt-limit.js';
export { AuditBuffer, type AuditBufferOptions } from './audit-buffer.js';
export { AuditStore, type AuditRow, type ExplainedRow } from './audit.js';
export { Authenticator, type AuthenticatorOptions, type AuthFailure } from './authenticator.js';
export { CallbackSecrets, type CallbackSecretsOptions } from './callback-secrets.js';
export { readCredential, type RequestHeaders } from './credential.js';
export { isSameSecret } from './same-secret.js';
export { HOST_GLOB_TAKES, isHostIn, readHostGlob, type HostGlobVerdict } from './host-glob.js';
export { readIdempotencyKey } from './idempotency-key.js';
export {
  SCOPES,
  type CallbackSettings,
  type Identity,
  type KeyRights,
  type Scope,
} from './identity.js';
export { parseInternalKeys, refuseDemoKey, type InternalKey } from './internal-keys.js';
export { issueKey, newTenant, type IssueKeyInput } from './issue-key.js';
export {
  type KeyStanding,
  refuseUnchangeable,
  refuseUnrotatable,
  retirement,
  successorExpiry,
} from './key-changes.js';
export { Keyring, parseKeyring, type SealContext, type Sealed } from './keyring.js';
export {
  type ChargedUsage,
  type Transfer,
  type TransferKind,
  type UsageSource,
  NO_USAGE,
} from './ledger/ledger.js';
export {
  type LedgerEntry,
  type LedgerSink,
  type LedgerWriterParts,
  writeEntries,
} from './ledger/ledger-entry.js';
export { OpenHolds } from './ledger/open-holds.js';
export { settleAbandoned } from './ledger/settle-abandoned.js';
export { LedgerStore, type OpenHold } from './ledger/ledger.store.js';
export {
  type Balance,
  type Cost,
  Limiter,
  type Limits,
  type LimitName,
  type LimitScope,
  type LimitState,
  type LimitVerdict,
  type PendingCharge,
  type Reservation,
} from './limits/limiter.js';
export { BudgetMirror } from './limits/budget-mirror.js';
export { Confirmations } from './limits/confirmations.js';
export { endOfDayMs, endOfMonthMs } from './limits/budget.js';
export { budgetScopes, demandsOf, LIMIT_NAMES, slotScopes, takenOf } from './limits/dimensions.js';
export { limitHeaders } from './limits/limit-headers.js';
export { hasBudget, limitScopes } from './limits/limits-of.js';
export { LocalCounts } from './limits/local-counts.js';
export { LocalLimiter, type LocalLimiterOptions } from './limits/local-limiter.js';
export { measureOf } from './limits/measure-of.js';
export { verdictOf } from './limits/measure.js';
export { type OpenReservation, OpenReservations } from './limits/open-reservations.js';
export { LimitRefusal, refuseLimit, usd } from './limits/refuse-limit.js';
export { modelSpelling } from './model-name.js';
export { nameGlob } from './name-glob.js';
export { type NameRules, type Plan, type Policy } from './policy.js';
export {
  bodyRules,
  endpointVerdict,
  maxTokensVerdict,
  modelVerdict,
  networkVerdict,
  type Policies,
  requireAllowed,
} from './policy-verdict.js';
export { DEFAULT_PLAN, PlanStore, type PlanRemoval, type PlanView } from './plan.store.js';
export { requireScope } from './require-scope.js';
export { DiskSpoolFiles } from './spool/disk-spool-files.js';
export { type SpoolFile } from './spool/spool-files.js';
export { SpooledBuffer, type SpooledBufferOptions } from './spool/spooled-buffer.js';
export { keyDigest, keyPrefix } from './tenant-key.js';
export {
  USAGE_GROUPS,
  UsageStore,
  type Usage,
  type UsageGroup,
  type UsageQuery,
  type UsageReport,
  type UsageRow,
} from './usage/usage.store.js';
export {
  TenantStore,
  type CallbackRules,
  type GovernedTenant,
  type InternalKeyRow,
  type KeyRotation,
  type NewTenantKeyRow,
  type RotatedKey,
  type SealedSecret,
  type Tenant,
  type TenantChange,
  type TenantKey,
  type TenantKeyChange,
} from './tenant.store.js';
export {
  type ErasureAnswer,
  type ErasurePass,
  type ErasureState,
  TenantErasureStore,
} from './tenant-erasure.js';
