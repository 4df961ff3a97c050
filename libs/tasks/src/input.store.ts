/** An uploaded picture, video or sound, or one that came as a data URL: kept in the output store until it expires. */
export interface InputObject {
  /** `in-` and a ULID. */
  readonly id: string;
  readonly tenantId: string;
  readonly key: string;
  /** By its bytes. */
  readonly mime: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly createdAt: Date;
  readonly expireAt: Date;
}

export abstract class InputStore {
  abstract add(input: InputObject): Promise<void>;
  /** Null also when it is another tenant's or has expired by `now`. */
  abstract find(tenantId: string, inputId: string, now: Date): Promise<InputObject | null>;
  /** Whosever it is, for who has a signed link to it. Null also when it has expired by `now`. */
  abstract findLinked(inputId: string, now: Date): Promise<InputObject | null>;
}
