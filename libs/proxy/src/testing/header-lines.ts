/** Raw headers (name, value, name, value…) out of lines as they stand on the wire. */
export function headerLines(...lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const colon = line.indexOf(': ');
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
}
