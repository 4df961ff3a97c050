import type { InputIssue, Json, JsonObject } from '../provider.js';
import { isJsonObject } from '../json.js';

/**
 * Pure. What is wrong with `provider_options` for an upstream that nobody here knows; undefined where
 * nothing is. The object is open, so it is judged by names and values, at every depth: what the adapter
 * sets itself, what changes the price, what names another's files or jobs, who calls back, and every
 * value that is a URL.
 */
export function refusedOption(options: JsonObject): InputIssue | undefined {
  const budget = { members: MAX_MEMBERS, characters: MAX_CHARACTERS };
  const fault = faultOf(options, [], budget);
  if (fault === undefined) return undefined;
  const [where, message] = fault;
  return { path: ['input', 'provider_options', ...where].join('.'), message };
}

const MAX_DEPTH = 4;
const MAX_MEMBERS = 64;
const MAX_CHARACTERS = 8000;

interface Budget {
  members: number;
  characters: number;
}

type Fault = readonly [where: readonly string[], message: string];

function faultOf(value: Json, where: readonly string[], budget: Budget): Fault | undefined {
  budget.members -= 1;
  if (budget.members < -1) return [[], `give at most ${MAX_MEMBERS} values`];
  if (where.length > MAX_DEPTH) return [where, `nests deeper than ${MAX_DEPTH} levels`];
  if (typeof value === 'string') return textFault(value, where, budget);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const inside = [...where, name];
    const said = isJsonObject(value) ? nameFault(name) : undefined;
    // A name that is none may be of any length, and is not repeated.
    if (said !== undefined) return [NAME.test(name) ? inside : where, said];
    const fault = faultOf(inner, inside, budget);
    if (fault) return fault;
  }
  return undefined;
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

function nameFault(name: string): string | undefined {
  if (!NAME.test(name))
    return 'holds a name that is not taken; write letters, digits, - and _, 64 at most';
  const words = wordsOf(name);
  const whole = words.join('');
  const kind = KINDS.find(
    ({ names, pattern }) => words.some((word) => names.has(word)) || pattern?.test(whole),
  );
  return kind?.says;
}

/** `callbackURL`, `callback_url` and `callback-url` are the same two words. */
function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_-]+/)
    .filter((word) => word !== '');
}

interface Kind {
  readonly names: ReadonlySet<string>;
  /** Matched against the name without its separators. */
  readonly pattern?: RegExp;
  readonly says: string;
}

const list = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

const KINDS: readonly Kind[] = [
  {
    names: list(
      'model models engine deployment fallback fallbacks router stream streaming partial image images mask moderation',
    ),
    pattern: /^(prompts?|quality|background|outputformat|inputreference|n)$/,
    says: 'is set by the gateway; use the field of the input, where it has one',
  },
  {
    names:
      list(`n num count duration seconds second minutes length size width height resolution tier frames fps
       batch samples steps iterations priority budget price cost upscale variants variation variations repeat repeats
       quantity amount multiplier`),
    pattern: /^(num|max|nb)(images|videos|frames|outputs|samples)$|^n(images|videos|outputs)$/,
    says: 'may change the price and is not taken',
  },
  {
    names: list('hook hooks notify notification notifications postback'),
    pattern: /callback|webhook/,
    says: 'would call back and is not taken',
  },
  {
    names: list(
      'url urls uri uris href link links endpoint host hostname domain origin proxy redirect base api bucket destination',
    ),
    pattern: /ur[li]s?$/,
    says: 'names an address and is not taken',
  },
  {
    names: list('file files video videos remix remixed character characters'),
    says: "may name another's file or job and is not taken",
  },
  {
    names: list(
      'key keys token tokens secret authorization auth password header headers credential',
    ),
    pattern: /apikey|credentials$/,
    says: 'may carry a credential and is not taken',
  },
];

function textFault(text: string, where: readonly string[], budget: Budget): Fault | undefined {
  budget.characters -= text.length;
  if (budget.characters < 0) return [[], `give at most ${MAX_CHARACTERS} characters of text`];
  return URL_LIKE.test(text) ? [where, 'is a URL and is not taken'] : undefined;
}

/** Anything with a scheme and an authority, wherever it stands, and what browsers read as a URL. */
const URL_LIKE = /:\/\/|^\s*(?:\/\/|(?:data|blob|file|javascript|mailto):|www\.)/i;
