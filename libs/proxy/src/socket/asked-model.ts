/**
 * The query with another model, every other byte as it was.
 * @param model null: as it is
 */
export function queryWithModel(query: string, model: string | null): string {
  if (model === null || query === '') return query;
  const parts = query.slice(1).split('&');
  return `?${parts.map((part) => (nameOf(part) === 'model' ? `model=${encodeURIComponent(model)}` : part)).join('&')}`;
}

const nameOf = (part: string): string | undefined => [...new URLSearchParams(part).keys()][0];
