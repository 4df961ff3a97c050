export interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

/** Holds a test's fake back until the test says go. */
export function makeGate(): Gate {
  const waiting: (() => void)[] = [];
  const opened = new Promise<void>((resolve) => {
    waiting.push(resolve);
  });
  return { opened, open: () => waiting.forEach((resolve) => resolve()) };
}
