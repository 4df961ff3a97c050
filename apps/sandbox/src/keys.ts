/** `Authorization: Bearer KEY` → KEY. */
export function bearerKey(authorization: string | undefined): string | null {
  const [, key] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  return key ?? null;
}

/** The sandbox takes any key but none and those that say themselves that they are wrong. */
export const isGoodKey = (key: string | null): key is string =>
  key !== null && key !== '' && !key.startsWith('wrong');
