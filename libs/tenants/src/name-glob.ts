/**
 * Whether a name is meant by a glob: `*` is any run of characters, also none; everything else is
 * itself. Each piece between two stars is looked for once, from left to right, so that no glob can be
 * made to take long.
 */
export function nameGlob(glob: string): (name: string) => boolean {
  const [first = '', ...pieces] = glob.split('*');
  const last = pieces.pop();
  if (last === undefined) return (name) => name === glob;
  return (name) => {
    const end = name.length - last.length;
    if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return false;
    let at = first.length;
    for (const piece of pieces) {
      const found = name.indexOf(piece, at);
      if (found === -1 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}
