import type { PublishedKeys } from '@app/callbacks';

/** The public half of what callbacks are signed with besides the secrets; null: they are not. */
export class CallbackKeys {
  constructor(readonly published: PublishedKeys | null) {}
}
