import type { TaskErrorCode } from '@app/errors';
import type { Checked } from './provider.js';
import type { VendorAnswer } from './vendor-call.js';

/** What a vendor says about a job that it took and that came to nothing. */
export interface JobFault {
  /** `TASK_FAILED` unless said otherwise. */
  readonly code?: TaskErrorCode;
  readonly message: string;
  readonly providerCode?: string | undefined;
  /** Whether a new task with the same input may do better. */
  readonly retryable?: boolean;
  /** The vendor may charge for it all the same. */
  readonly mayBeCharged?: true;
}

/** The end of a job that failed at the vendor, in words fit to be shown. */
export function failedJob(answer: VendorAnswer, fault: JobFault): Checked {
  const code = fault.providerCode;
  return {
    state: 'failed',
    code: fault.code ?? 'TASK_FAILED',
    message: `${answer.vendor}: ${answer.clean(fault.message)}`,
    retryable: fault.retryable ?? false,
    ...(code === undefined ? {} : { providerCode: answer.clean(code) }),
    ...(fault.mayBeCharged && { mayBeCharged: true }),
  };
}
