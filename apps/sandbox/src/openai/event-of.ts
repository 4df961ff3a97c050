import { type Fields, isFields } from '../fields.js';

/** An event of a WebSocket; null: it is no JSON object. */
export function eventOf(data: Buffer): Fields | null {
  try {
    const event: unknown = JSON.parse(data.toString('utf8'));
    return isFields(event) ? event : null;
  } catch {
    return null;
  }
}
