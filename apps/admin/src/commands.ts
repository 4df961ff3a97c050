import { auditVerify } from './audit-verify.js';
import type { AdminCommand } from './command.js';
import { ledgerRebuild, ledgerVerify } from './ledger.js';
import { rekey } from './rekey.js';

/** Every command, in the order of the help. */
export const COMMANDS: readonly AdminCommand[] = [auditVerify, ledgerVerify, ledgerRebuild, rekey];
