/**
 * What the messages of a WebSocket are. `responses` and `realtime`: events in JSON that are read here
 * (https://platform.openai.com/docs/api-reference/realtime). `opaque`: nobody here knows what they start.
 */
export type SocketDialect = 'responses' | 'realtime' | 'opaque';

/** By the decoded parts of the path below `/v1`. Pure. */
export const socketDialect = (segments: readonly string[]): SocketDialect =>
  DIALECTS.get(segments.join('/').toLowerCase()) ?? 'opaque';

const DIALECTS: ReadonlyMap<string, SocketDialect> = new Map([
  ['responses', 'responses'],
  ['realtime', 'realtime'],
]);
