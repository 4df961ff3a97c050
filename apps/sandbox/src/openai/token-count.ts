/** Four characters make a token: near enough for a stand-in, and the same each time. */
export const countTokens = (text: string): number => Math.ceil(text.length / 4);

/** Text in the pieces in which a stream sends it: words with the space before them. */
export const pieces = (text: string): readonly string[] => text.match(/\s*\S+/g) ?? [];
