/** The bytes of a `data:` URL in base64 (RFC 2397); null: it is another one, or not base64. */
export function dataUrlBytes(url: string): Buffer | null {
  const comma = url.indexOf(',');
  if (comma < 0 || !/^data:[^,]*;base64$/i.test(url.slice(0, comma))) return null;
  const base64 = url.slice(comma + 1);
  // Buffer.from skips what it does not know, so a cut or mistyped text would pass as other bytes.
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 === 1) return null;
  return Buffer.from(base64, 'base64');
}
