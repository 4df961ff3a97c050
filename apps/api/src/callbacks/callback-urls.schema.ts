import { CALLBACK_WHEN } from '@app/tasks';
import { boolean, list, object, oneOf, orNull, text } from '../http/api-answer.js';
import { MAX_REGISTERED } from './read-callback-settings.js';
import { MAX_HOSTS } from './read-host-globs.js';

const url = { type: 'string', format: 'uri', maxLength: 2048 } as const;

const DEFAULT = orNull({
  ...object(
    { url, when: { ...oneOf(...CALLBACK_WHEN), default: 'final' } },
    { optional: ['when'] },
  ),
  description: 'for tasks that name no URL of their own',
});

const REGISTERED = {
  ...list(url),
  maxItems: MAX_REGISTERED,
  description: 'what `onlyRegistered` looks at',
} as const;

const HOSTS = {
  ...list(text('`example.com`, or `*.example.com` for all hosts under it')),
  maxItems: MAX_HOSTS,
  description: 'the hosts that your callbacks may go to; empty: any that the operator lets you',
} as const;

const ONLY_REGISTERED = {
  ...boolean,
  description: 'a task’s own URL must have the origin of a registered URL or of the default',
} as const;

const FIELDS = {
  default: DEFAULT,
  registered: REGISTERED,
  hosts: HOSTS,
  onlyRegistered: ONLY_REGISTERED,
};

export const CALLBACK_SETTINGS = object(FIELDS);

/** The body that replaces them all. */
export const CALLBACK_SETTINGS_BODY = {
  ...object(FIELDS, { optional: Object.keys(FIELDS) }),
  additionalProperties: false,
  example: {
    default: { url: 'https://your.app/hook', when: 'final' },
    registered: ['https://other.your.app/hook'],
    hosts: ['your.app', '*.your.app'],
    onlyRegistered: true,
  },
};
