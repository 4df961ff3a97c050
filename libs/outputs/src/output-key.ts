const MAX_KEY_LENGTH = 200;

/**
 * Lower-case letters, digits, `.`, `_`, `-`, and `/` between parts that do not begin with a dot: safe
 * as a path, as an S3 key and in a URL.
 */
export function isOutputKey(key: string): boolean {
  const isSafe = /^[a-z0-9_-][a-z0-9._-]*(?:\/[a-z0-9_-][a-z0-9._-]*)*$/.test(key);
  return isSafe && key.length <= MAX_KEY_LENGTH;
}

/** @throws RangeError when it is not a key (`isOutputKey`) */
export function assertOutputKey(key: string): void {
  if (!isOutputKey(key)) {
    throw new RangeError(`${JSON.stringify(key)} is not a key of the output store`);
  }
}

/** Where output number `index` of a task is kept: the same at every try, so a retry overwrites. */
export function outputKey(taskId: string, index: number): string {
  const key = `outputs/${taskId.toLowerCase()}/${index}`;
  assertOutputKey(key);
  return key;
}

/** Where an uploaded picture or video is kept. */
export function inputKey(inputId: string): string {
  const key = `inputs/${inputId.toLowerCase()}`;
  assertOutputKey(key);
  return key;
}
