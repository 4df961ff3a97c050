/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional] also true for packages of other platforms, which npm leaves out
 *
 * @typedef {{ packages: Record<string, LockEntry> }} Lock package-lock.json, and the copy of it that
 *   npm leaves in node_modules (https://docs.npmjs.com/cli/configuring-npm/package-lock-json#hidden-lockfiles)
 */

/**
 * Compares what npm says it has installed with what it should: unlike a stamp of ours, it also knows
 * an install done by hand, and one without the development packages.
 * @param {Lock} wanted
 * @param {Lock | undefined} installed
 * @returns {boolean}
 */
export const installIsCurrent = (wanted, installed) =>
  installed !== undefined &&
  Object.entries(wanted.packages)
    .filter(([path]) => path !== '')
    .every(([path, entry]) => isSatisfied(entry, installed.packages[path]));

/**
 * @param {LockEntry} wanted
 * @param {LockEntry | undefined} installed
 */
function isSatisfied(wanted, installed) {
  if (!installed) return wanted.optional === true;
  return installed.version === wanted.version && installed.integrity === wanted.integrity;
}
