/** A file of the spool. */
export interface SpoolFile {
  readonly name: string;
  readonly bytes: number;
  /** When it was written to or touched; epoch 0 once it was given up. */
  readonly touchedAt: Date;
}

/**
 * The folder that the spools of all processes on one machine or volume share. Names are plain file
 * names. What a method cannot do, it fails with; nothing is left half done but an `append`, whose
 * text may be there in part.
 */
export abstract class SpoolFiles {
  /** Files whose names begin so. A folder that is not there yet has none. */
  abstract list(prefix: string): Promise<readonly SpoolFile[]>;
  /** At the end of the file, which is made when missing. On the disk when it returns. */
  abstract append(name: string, text: string): Promise<void>;
  abstract exists(name: string): Promise<boolean>;
  /** Null when it is not there. */
  abstract read(name: string): Promise<string | null>;
  /** False when it is not there. Of two that rename one file at once, one gets false. */
  abstract rename(from: string, to: string): Promise<boolean>;
  /** Files that are not there are left out. */
  abstract touch(name: string, at: Date): Promise<void>;
  /** Does nothing when it is not there. */
  abstract remove(name: string): Promise<void>;
}
