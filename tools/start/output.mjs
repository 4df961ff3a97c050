/**
 * What a user can mend: shown as its one line, without a stack.
 * Anything else that is thrown while starting is a bug and is shown whole.
 */
export class StartError extends Error {}

/**
 * One line on standard output.
 * @param {string} line
 */
export const say = (line) => {
  process.stdout.write(`${line}\n`);
};

/**
 * One line on standard error: something a person should look at.
 * @param {string} line
 */
export const complain = (line) => {
  process.stderr.write(`${line}\n`);
};

/**
 * The sentence of anything that was thrown.
 * @param {unknown} error
 * @returns {string}
 */
export const sentenceOf = (error) => (error instanceof Error ? error.message : String(error));
