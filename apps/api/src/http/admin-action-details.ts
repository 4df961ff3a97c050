import type { AdminActionDetails, AdminIdentity } from '@app/tenants';
import type { FastifyRequest } from 'fastify';

/** What is known of an action before it is done: who by id, which route, and the names of what was sent. */
export function intentDetails(
  { routeOptions, body }: Pick<FastifyRequest, 'routeOptions' | 'body'>,
  { id }: AdminIdentity,
): AdminActionDetails {
  const fields = isRecord(body) ? fieldNames(body) : [];
  const ids = isRecord(body) ? Object.values(body).filter(isOurId) : [];
  return {
    admin: id,
    route: routeOptions.url ?? '',
    ...(fields.length > 0 && { fields }),
    ...(ids.length > 0 && { ids }),
  };
}

/** The error's code, or the id of what was made. */
export function outcomeDetails(
  errorCode: string | undefined,
  payload: unknown,
): AdminActionDetails {
  const made = typeof payload === 'string' ? idOf(payload) : undefined;
  return {
    ...(errorCode !== undefined && { error: errorCode }),
    ...(made !== undefined && { id: made }),
  };
}

/**
 * The path, without the query. A segment that could be a secret somebody put there by mistake shows
 * its beginning only.
 */
export function shownPath(url: string): string {
  const [path = ''] = url.split('?', 1);
  const segments = path.split('/').map((segment) => {
    if (OUR_ID.test(segment)) return segment;
    const isSuspect = segment.length > MAX_SEGMENT || SECRET_LIKE.test(segment);
    return isSuspect ? `${segment.slice(0, SHOWN_OF_SECRET)}…` : segment;
  });
  return segments
    .join('/')
    .slice(0, MAX_PATH)
    .replaceAll(/[^\u0020-\u007e…]/g, '?');
}

/** Of two levels: `policy`, `policy.weight`. A name that could be something else is not repeated. */
function fieldNames(body: Readonly<Record<string, unknown>>): readonly string[] {
  const names = Object.entries(body).flatMap(([name, value]) => [
    safeName(name),
    ...(isRecord(value)
      ? Object.keys(value).map((one) => `${safeName(name)}.${safeName(one)}`)
      : []),
  ]);
  return [...new Set(names)].slice(0, MAX_FIELDS);
}

const safeName = (name: string): string => (/^[A-Za-z][A-Za-z0-9_]{0,23}$/.test(name) ? name : '?');

/** Prefix and ULID, as all ids of the gateway are. */
const OUR_ID = /^[a-z]{2,5}[_-][0-9A-HJKMNP-TV-Z]{26}$/;
const isOurId = (value: unknown): value is string =>
  typeof value === 'string' && OUR_ID.test(value);

/** Keys of ours, of OpenAI's kind, callback secrets; and any long run without a word's shape. */
const SECRET_LIKE = /^(tga?|sk|whsec|key)[-_]|[A-Za-z0-9+/_=]{24,}/;
const SHOWN_OF_SECRET = 8;
const MAX_SEGMENT = 128;
const MAX_PATH = 512;
const MAX_FIELDS = 50;
/** Larger answers are lists, and make nothing. */
const MAX_ANSWER = 65_536;

function idOf(payload: string): string | undefined {
  if (payload.length > MAX_ANSWER) return undefined;
  try {
    const answer: unknown = JSON.parse(payload);
    const data = isRecord(answer) ? answer['data'] : undefined;
    if (!isRecord(data)) return undefined;
    return [data['id'], data['taskId']].find(isOurId);
  } catch {
    return undefined; // an answer that is no JSON names nothing
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
