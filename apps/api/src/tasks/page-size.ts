/** HiAPI's paging: out-of-range values are normalised, never refused. */
export function pageOf(
  page: string | undefined,
  size: string | undefined,
): { page: number; size: number } {
  return { page: clamp(page, 1, 1, 1_000_000), size: clamp(size, 10, 1, 100) };
}

function clamp(text: string | undefined, fallback: number, min: number, max: number): number {
  const value = Number(text ?? fallback);
  if (!Number.isInteger(value) || value < min) return fallback;
  return Math.min(value, max);
}
