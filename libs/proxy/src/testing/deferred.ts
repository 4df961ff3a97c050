/** A promise with its switch outside, for hand-shakes between the two ends of a test. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

export function deferred<T = void>(): Deferred<T> {
  const switches: ((value: T) => void)[] = [];
  const promise = new Promise<T>((resolve) => switches.push(resolve));
  return { promise, resolve: (value) => switches[0]?.(value) };
}
