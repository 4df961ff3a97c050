import { nameGlob } from './name-glob.js';
import type { NameRules } from './policy.js';

/** Reads rules about one kind of name: brings globs and names to one spelling before it compares. */
export class RuleReader {
  /** Policies are kept as long as an identity is; their globs are read once. */
  private readonly known = new WeakMap<readonly string[], readonly Glob[]>();

  constructor(private readonly spell: (name: string) => string) {}

  /**
   * What is against something with these names, fit to follow a colon; null: nothing. Denied under one
   * of them is denied; allowed under one is allowed.
   */
  against(rules: NameRules | undefined, names: readonly string[]): string | null {
    if (!hasRules(rules)) return null;
    const spelled = names.map(this.spell);
    const isMeant = (glob: Glob): boolean => spelled.some((name) => glob.matches(name));
    const denied = this.globs(rules?.deny).find(isMeant);
    if (denied) return `${JSON.stringify(denied.text)} is denied`;
    if (!rules?.allow || this.globs(rules.allow).some(isMeant)) return null;
    return rules.allow.length === 0 ? 'nothing is' : `allowed is ${listed(rules.allow)}`;
  }

  private globs(texts: readonly string[] = []): readonly Glob[] {
    const known = this.known.get(texts);
    if (known) return known;
    const globs = texts.map((text) => ({ text, matches: nameGlob(this.spell(text)) }));
    this.known.set(texts, globs);
    return globs;
  }
}

/** Whether they say anything at all. */
export const hasRules = (rules: NameRules | undefined): boolean =>
  rules?.allow !== undefined || (rules?.deny?.length ?? 0) > 0;

interface Glob {
  readonly text: string;
  readonly matches: (name: string) => boolean;
}

const MAX_LISTED = 20;

function listed(globs: readonly string[]): string {
  const first = globs.slice(0, MAX_LISTED).join(', ');
  return globs.length > MAX_LISTED ? `${first} and ${globs.length - MAX_LISTED} more` : first;
}
