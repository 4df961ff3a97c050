/** Pure. What each of several results shows, so that no two are the same. */
export function numbered(text: string, count: number): readonly string[] {
  if (count === 1) return [text];
  return Array.from({ length: count }, (_, index) => `${text} (${index + 1}/${count})`);
}
