/** Whether a content type says Server-Sent Events. */
export const isEventStream = (contentType: string | undefined): boolean =>
  mediaType(contentType) === 'text/event-stream';

/** Whether a content type says JSON, plain or by suffix (`application/problem+json`). */
export function isJson(contentType: string | undefined): boolean {
  const type = mediaType(contentType);
  return type === 'application/json' || (type?.endsWith('+json') ?? false);
}

const mediaType = (contentType: string | undefined): string | undefined =>
  contentType?.split(';', 1)[0]?.trim().toLowerCase();
