/**
 * Text as Postgres can hold it: it takes neither U+0000 nor half a surrogate pair, and what a vendor
 * answers may have both. A move must not be lost for one character of a message.
 */
export const storableText = (text: string): string =>
  text.toWellFormed().replaceAll('\0', '\uFFFD');

/** JSON whose texts are all storable. */
export const storableJson = (value: object): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? storableText(member) : member,
  );
