import type { ServerResponse } from 'node:http';

const CUT = new WeakSet<ServerResponse>();

/** Breaks the connection under an answer, and remembers that it was the stand-in that did. */
export function cutOff(raw: ServerResponse): void {
  CUT.add(raw);
  raw.destroy();
}

export const wasCutOff = (raw: ServerResponse): boolean => CUT.has(raw);
