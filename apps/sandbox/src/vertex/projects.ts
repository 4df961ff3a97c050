import { RpcError } from './rpc-error.js';

/** Projects that are refused for what they are; any other name is a project in order. */
const REFUSALS: Readonly<Record<string, () => RpcError>> = {
  'billing-off': () =>
    new RpcError(400, 'This API method requires billing to be enabled.', {
      status: 'FAILED_PRECONDITION',
    }),
  'no-access': () =>
    new RpcError(403, "Permission 'aiplatform.endpoints.predict' denied on resource.", {
      details: [errorInfo('IAM_PERMISSION_DENIED')],
    }),
  'used-up': () =>
    new RpcError(429, 'Quota exceeded for generate_requests_per_day_per_project_per_base_model.', {
      details: [errorInfo('RATE_LIMIT_EXCEEDED', { quota_limit: 'GenerateRequestsPerDay' })],
    }),
};

/** @throws RpcError */
export function refuseProject(project: string): void {
  const refusal = REFUSALS[project];
  if (refusal) throw refusal();
}

function errorInfo(
  reason: string,
  metadata: Readonly<Record<string, string>> = {},
): Readonly<Record<string, unknown>> {
  return {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason,
    domain: 'aiplatform.googleapis.com',
    metadata,
  };
}
