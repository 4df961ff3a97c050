/**
 * A request target as routes and policy know it: path and query. The absolute form (`GET
 * http://gateway/v1/models`), which a client behind a proxy sends, means the same where it names the
 * host that `Host` names (RFC 9112 §3.2.2). Anything else is left as it is, and refused by `WireGuard`.
 */
export function originForm(target: string, host: string | undefined): string {
  const [, authority, rest = ''] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target) ?? [];
  if (authority === undefined || authority.toLowerCase() !== host?.toLowerCase()) return target;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
