export type { ErrorCode, TaskErrorCode } from './error-codes.js';
export { GatewayError, isUnavailable, type GatewayErrorOptions } from './gateway-error.js';
export { errorBody, type ErrorBody } from './error-body.js';
export { ProviderError, type ProviderErrorDetails } from './provider-error.js';
