import { SpoolFiles, type SpoolFile } from '../spool/spool-files.js';

/** A folder in memory; `failure` is what every append throws while it is set. */
export class InMemorySpoolFiles extends SpoolFiles {
  readonly files = new Map<string, { text: string; touchedAt: Date }>();
  failure: Error | null = null;

  override async list(prefix: string): Promise<readonly SpoolFile[]> {
    return [...this.files]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, { text, touchedAt }]) => ({
        name,
        bytes: Buffer.byteLength(text),
        touchedAt,
      }));
  }

  override async append(name: string, text: string): Promise<void> {
    if (this.failure) throw this.failure;
    const before = this.files.get(name)?.text ?? '';
    this.files.set(name, { text: before + text, touchedAt: new Date() });
  }

  override async exists(name: string): Promise<boolean> {
    return this.files.has(name);
  }

  override async read(name: string): Promise<string | null> {
    return this.files.get(name)?.text ?? null;
  }

  override async rename(from: string, to: string): Promise<boolean> {
    const file = this.files.get(from);
    if (!file) return false;
    this.files.delete(from);
    this.files.set(to, file);
    return true;
  }

  override async touch(name: string, at: Date): Promise<void> {
    const file = this.files.get(name);
    if (file) file.touchedAt = at;
  }

  override async remove(name: string): Promise<void> {
    this.files.delete(name);
  }
}
