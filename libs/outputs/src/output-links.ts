import { signOutputLink, verifyOutputLink } from './output-link.js';

/** The signed links of one gateway: the first secret signs, every one verifies. */
export class OutputLinks {
  /** First part of the path. */
  protected readonly folder: string = 'outputs';

  constructor(
    private readonly publicUrl: string,
    private readonly secrets: readonly [Buffer, ...(readonly Buffer[])],
  ) {}

  sign(outputId: string, expireAt: Date): string {
    const { publicUrl, folder } = this;
    const [secret] = this.secrets;
    return signOutputLink({
      publicUrl,
      folder,
      outputId,
      expireAt: unixSeconds(expireAt),
      secret,
    });
  }

  verify(
    claim: {
      readonly outputId: string;
      readonly exp: string | undefined;
      readonly sig: string | undefined;
    },
    now: Date,
  ): 'valid' | 'expired' | 'forged' {
    const { outputId, exp, sig } = claim;
    return verifyOutputLink({
      outputId,
      exp,
      sig,
      secrets: this.secrets,
      nowSeconds: unixSeconds(now),
    });
  }
}

const unixSeconds = (date: Date): number => Math.floor(date.getTime() / 1000);
