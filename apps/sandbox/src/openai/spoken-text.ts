import { isFields, readList, readText } from '../fields.js';

/** The text of a message's content: a string, or the text parts of a list. */
function spokenText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isFields(part) ? readText(part, 'text') : '')).join(' ');
}

/** The prompt of a chat: the last message's content. */
export function lastMessageText(messages: readonly unknown[]): string {
  const last = messages.at(-1);
  return isFields(last) ? spokenText(last['content']) : '';
}

/** A message that the model is to go on with. */
export const isAssistant = (message: unknown): boolean =>
  isFields(message) && message['role'] === 'assistant';

/** The prompt of a response: `input` itself, or its last message. */
export function responseInputText(body: Readonly<Record<string, unknown>>): string {
  const { input } = body;
  return typeof input === 'string' ? input : lastMessageText(readList(body, 'input'));
}
