import { lookup } from 'node:dns/promises';

/**
 * All addresses of a name. A trailing dot means exactly this name, without the search domains of
 * resolv.conf, which turn `kubernetes` into a service of the cluster. `signal`: nobody waits any more.
 */
export type ResolveName = (name: string, signal?: AbortSignal) => Promise<readonly string[]>;

/**
 * What the operating system answers, `/etc/hosts` and search domains included. For the operator's own
 * hosts: each lookup occupies a thread of libuv's pool until it ends.
 */
export const resolveBySystem: ResolveName = async (name) => {
  const answers = await lookup(name, { all: true, order: 'verbatim' });
  return answers.map((answer) => answer.address);
};

/** How long an answer for an operator's own host is reused. */
const REMEMBER_MS = 10_000;
const MAX_NAMES = 1_000;

/**
 * Remembers a resolver's answers for ten seconds, so that a busy upstream does not cost one lookup a
 * request. Only for names that the operator chose: anybody else could change the answer in between.
 */
export function rememberNames(resolve: ResolveName, now: () => number): ResolveName {
  const names = new Map<
    string,
    { readonly at: number; readonly answer: ReturnType<ResolveName> }
  >();
  return async (name) => {
    const known = names.get(name);
    if (known && now() - known.at < REMEMBER_MS) return await known.answer;
    const answer = resolve(name);
    if (names.size >= MAX_NAMES) names.clear();
    names.set(name, { at: now(), answer });
    try {
      return await answer;
    } catch (error) {
      if (names.get(name)?.answer === answer) names.delete(name);
      throw error;
    }
  };
}
