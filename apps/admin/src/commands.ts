import { auditVerify } from './audit-verify.js';
import type { AdminCommand } from './command.js';
import { rekey } from './rekey.js';

/** Every command, in the order of the help. */
export const COMMANDS: readonly AdminCommand[] = [auditVerify, rekey];
