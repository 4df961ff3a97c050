import type { Keyring } from '@app/tenants';

/** Keys of the signed links: the first of the ring signs, every one verifies. */
export class OutputLinkSecrets {
  constructor(private readonly keyring: Keyring) {}

  current(): Buffer {
    return this.keyring.derive(PURPOSE)[0];
  }

  all(): readonly Buffer[] {
    return this.keyring.derive(PURPOSE);
  }
}

const PURPOSE = 'output-link';
