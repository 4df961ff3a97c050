import type { Readable } from 'node:stream';

const MAX_BYTES = 1024;

/**
 * The first 1 KiB of a receiver's answer as text that a terminal, a page and Postgres can hold; the
 * rest is never read: the stream is destroyed. It never fails: the status line has decided already.
 */
export async function readSnippet(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  body.on('error', ignoreLateError);
  try {
    for await (const chunk of body as AsyncIterable<Buffer | string>) {
      const buffer = Buffer.from(chunk);
      chunks.push(buffer);
      bytes += buffer.length;
      if (bytes >= MAX_BYTES) break;
    }
  } catch {
    // A cut or a clock while the answer's body arrives: what came until then is the snippet.
  } finally {
    body.destroy();
  }
  return escapeControls(decode(Buffer.concat(chunks).subarray(0, MAX_BYTES)));
}

/** A stream that is destroyed early may still report it, after nobody reads it any more. */
function ignoreLateError(): void {}

/** `stream` leaves out a character that the limit cut in two. */
const decode = (bytes: Buffer): string => new TextDecoder().decode(bytes, { stream: true });

/**
 * Spells out what could hide or reorder text: controls but tab and newline, line separators,
 * direction marks. Postgres cannot hold U+0000 at all.
 */
export function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => KEPT[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

const KEPT: Readonly<Record<string, string>> = { '\n': '\n', '\t': '\t' };
