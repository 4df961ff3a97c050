import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json. */
export const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * @param {...string} parts path below the project
 * @returns {string} the absolute path
 */
export const inProject = (...parts) => join(PROJECT_ROOT, ...parts);
