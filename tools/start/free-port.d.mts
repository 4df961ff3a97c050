export function freePort(): Promise<number>;
export function portState(
  port: number,
  host?: string,
): Promise<'free' | 'taken' | 'no such address'>;
export function rememberedPort(file: string): Promise<number>;
export function readPort(file: string): number | undefined;
