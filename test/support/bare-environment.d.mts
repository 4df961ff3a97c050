export function bareEnvironment(
  env?: Readonly<Record<string, string | undefined>>,
): Record<string, string>;
