import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { accessTokens } from './access-token.js';

/** A security token service (RFC 8693) that counts; `denied` is a subject that it refuses. */
function tokenService(): Server {
  let count = 0;
  return createServer((request, response) => {
    request.setEncoding('utf8');
    let body = '';
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      count += 1;
      const denied = body.includes('denied');
      response.writeHead(denied ? 400 : 200, { 'content-type': 'application/json' });
      const token = { access_token: `token-${count}`, expires_in: 3600, token_type: 'Bearer' };
      response.end(JSON.stringify(denied ? { error: 'invalid_grant' } : token));
    });
  });
}

describe('accessTokens', () => {
  // The library warns about files from strangers; this one is the operator's.
  beforeEach(() => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  });
  const service = tokenService();
  let folder: string;
  let path: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'access-token-'));
    path = join(folder, 'credentials.json');
    await new Promise<void>((resolve) => {
      service.listen(0, '127.0.0.1', resolve);
    });
  });
  afterAll(async () => {
    service.closeAllConnections();
    await new Promise((resolve) => {
      service.close(resolve);
    });
    await rm(folder, { recursive: true });
  });

  async function writeCredentials(subject: string): Promise<void> {
    const { port } = service.address() as AddressInfo;
    const file = join(folder, `${subject}.txt`);
    await writeFile(file, subject);
    await writeFile(
      path,
      JSON.stringify({
        type: 'external_account',
        audience:
          '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `http://127.0.0.1:${port}/token`,
        credential_source: { file },
      }),
    );
  }

  it('exchanges the file for a token once, and again when the file changed', async () => {
    await writeCredentials('first');
    const next = accessTokens(path);

    expect([await next(), await next()]).toEqual(['token-1', 'token-1']);
    await writeCredentials('second');
    expect(await next()).toBe('token-2');
  });

  it('says that the exchange was refused, without the exchange', async () => {
    await writeCredentials('denied');

    const refused = accessTokens(path)();

    await expect(refused).rejects.toThrow(/no access token.*invalid_grant/);
    await expect(refused).rejects.not.toHaveProperty('config');
    await expect(refused).rejects.not.toHaveProperty('cause');
  });

  it.each([
    ['no JSON', 'private key'],
    ['no object', '"private key"'],
    ['an unknown type', '{"type":"private key"}'],
    ['a member missing', '{"type":"service_account","private_key":"private key"}'],
  ])('refuses a file with %s and does not quote it', async (_, content) => {
    await writeFile(path, content);

    const refused = accessTokens(path)();

    await expect(refused).rejects.toThrow(/^GOOGLE_APPLICATION_CREDENTIALS: the file/);
    await expect(refused).rejects.not.toThrow(/private key/);
  });

  it('names a file that cannot be read', async () => {
    await expect(accessTokens(join(folder, 'none.json'))()).rejects.toThrow(
      /cannot read .*none\.json/,
    );
  });
});
