/**
 * A name in a request that may be an object's. `certain`: the field takes nothing else, so what nobody has
 * is refused. `possible`: it may be something else, but another tenant's object is refused there too.
 * `mentioned`: in data of the caller's own, which the upstream only keeps; as `possible`, and it says
 * nothing of where the call must go. `of-all`: a word for what the upstream has stored of everybody.
 */
export interface Reference {
  readonly id: string;
  readonly how: 'certain' | 'possible' | 'mentioned' | 'of-all';
  /** Where it stands, for the error's `param`. */
  readonly param: string;
}

/** Whether a word is of the make that upstreams' ids have: letters, a dash or underscore, then some that hold a digit or are many. */
export const looksLikeId = (word: string): boolean =>
  word.length <= MAX_LOOKS && /^[a-z]{2,12}[-_](?=.*\d|.{16})[A-Za-z0-9_-]{6,}$/.test(word);

/** Longer words are nothing that upstreams make. */
export const MAX_LOOKS = 128;

/** What an id may look like that is looked up; nothing else was ever written down. */
export const isId = (text: string): boolean => /^[\x21-\x7e]{1,256}$/.test(text);
