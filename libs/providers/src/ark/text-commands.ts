import type { InputIssue } from '../provider.js';

/**
 * The vendor's older models read commands at the end of a prompt (`--rs 1080p --dur 12`), which would
 * override what is asked for, and paid for. Taking them out would change the caller's words, so a prompt
 * that holds one is refused; so is anything else that reads like one, because the list is the vendor's.
 */
export function commandIssue(prompt: string): InputIssue | undefined {
  const found = COMMAND.exec(prompt) ?? LOOKS_LIKE_ONE.exec(prompt);
  if (!found) return undefined;
  const message =
    `The vendor would read "${found[0].trim()}" in a prompt as a setting; ` +
    'use the fields of the input (resolution, aspect_ratio, duration, seed), or write a dash instead';
  return { path: 'input.prompt', message };
}

/** A command with a value that it could take, wherever it stands and however it is spaced. */
const COMMAND =
  /--\s*(resolution|rs|ratio|rt|duration|dur|frames|framespersecond|fps|watermark|wm|seed|camera_?fixed|cf|generate_audio|draft|service_tier)\b[\s=:]*(-?\d|true|false|adaptive|flex)/i;

/** Two hyphens and a letter, as in a command line. */
const LOOKS_LIKE_ONE = /(?:^|\s)--[a-z]\w*/i;
