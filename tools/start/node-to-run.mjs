import { existsSync } from 'node:fs';
import { StartError } from './output.mjs';
import { inProject } from './project.mjs';

/** What the product's packages need (package.json, "engines"). */
const MAJOR = 24;

/**
 * The Node that runs the product: the one that came with the packages, else the one that runs us.
 * @param {object} [machine]
 * @param {string} [machine.platform]
 * @param {string} [machine.arch]
 * @param {string} [machine.version] as process.versions.node
 * @param {(file: string) => boolean} [machine.exists]
 * @returns {string} path of a Node 24 or later
 * @throws {StartError} neither is there
 */
export function nodeToRun({
  platform = process.platform,
  arch = process.arch,
  version = process.versions.node,
  exists = existsSync,
} = {}) {
  const installed = inProject('node_modules', `node-${platform}-${arch}`, 'bin', 'node');
  if (exists(installed)) return installed;
  if (Number.parseInt(version, 10) >= MAJOR) return process.execPath;
  throw new StartError(
    `Taskgate needs Node ${MAJOR} or later; this is ${version}, and no package has one for ${platform}-${arch}. Install it from https://nodejs.org and start again.`,
  );
}
