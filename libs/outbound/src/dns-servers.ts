import { isIP } from 'node:net';

/**
 * Reads a comma separated list of name servers as `Resolver.setServers` takes them.
 * @throws RangeError naming the entry that is none, and what is accepted
 */
export function parseDnsServers(text: string): readonly string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => parseServer(entry));
}

function parseServer(entry: string): string {
  if (isIP(entry) !== 0 && !entry.includes('%')) return entry;
  const [, bracketed, plain, port] = /^(?:\[([^\]%]+)\]|([\d.]+)):(\d{1,5})$/.exec(entry) ?? [];
  const isServer = isIP(bracketed ?? '') === 6 || isIP(plain ?? '') === 4;
  if (isServer && Number(port) >= 1 && Number(port) <= 65_535) return entry;
  throw new RangeError(
    `"${entry}" is not a name server; accepted are addresses with or without a port, ` +
      'such as 10.0.0.53, 10.0.0.53:5353 or [fd00::53]:5353, comma separated',
  );
}
