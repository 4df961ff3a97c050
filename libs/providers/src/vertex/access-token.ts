import { readFile } from 'node:fs/promises';
import {
  type AuthClient,
  ExternalAccountClient,
  type ExternalAccountClientOptions,
  JWT,
  UserRefreshClient,
} from 'google-auth-library';
import { textAt } from '../json.js';

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];

/**
 * Short-lived access tokens out of a credentials file at this path, which comes from the operator
 * alone. Google's library keeps a token and renews it before it dies; the file is read at every call,
 * so that a mounted one rotates with no restart.
 */
export function accessTokens(credentialsPath: string): () => Promise<string> {
  let current: { readonly content: string; readonly client: AuthClient } | undefined;
  return async () => {
    const content = await readContent(credentialsPath);
    if (current?.content !== content) current = { content, client: clientOf(content) };
    return await fetchToken(current.client);
  };
}

async function readContent(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(`${VARIABLE}: cannot read ${path}`, { cause });
  }
}

/** The kinds of file that `gcloud` and the console write (https://google.aip.dev/auth/4110). */
function clientOf(content: string): AuthClient {
  const file = parse(content);
  const type = textAt(file, 'type');
  if (type === 'service_account') {
    const [email, key] = [member(file, 'client_email'), member(file, 'private_key')];
    return new JWT({ email, key, scopes: SCOPES });
  }
  if (type === 'authorized_user') {
    return new UserRefreshClient({
      clientId: member(file, 'client_id'),
      clientSecret: member(file, 'client_secret'),
      refreshToken: member(file, 'refresh_token'),
    });
  }
  const client = isWorkloadIdentity(file) ? ExternalAccountClient.fromJSON(file) : null;
  if (!client) throw new Error(`${VARIABLE}: the file has no type that is taken: ${TYPES}`);
  client.scopes = SCOPES;
  return client;
}

const VARIABLE = 'GOOGLE_APPLICATION_CREDENTIALS';
const TYPES = 'service_account, authorized_user, external_account';

function member(file: object, name: string): string {
  const text = textAt(file, name);
  if (text === undefined) throw new Error(`${VARIABLE}: the file lacks ${name}`);
  return text;
}

/** The library checks the other members, which differ by where the identity comes from. */
function isWorkloadIdentity(file: object): file is ExternalAccountClientOptions {
  return textAt(file, 'type') === 'external_account';
}

/** Never quotes the content: the parser's own message would. */
function parse(content: string): object {
  try {
    const file: unknown = JSON.parse(content);
    if (typeof file === 'object' && file !== null) return file;
  } catch {
    // Said below, as for any other text that is no object.
  }
  throw new Error(`${VARIABLE}: the file holds no JSON object`);
}

/** The library's errors carry the whole exchange, the signed assertion too: only their words go on. */
async function fetchToken(client: AuthClient): Promise<string> {
  const answer = await client.getAccessToken().catch((error: unknown) => error);
  const token = textAt(answer, 'token');
  if (token !== undefined) return token;
  const words = answer instanceof Error ? answer.message : 'the answer held no token';
  throw new Error(`${VARIABLE}: no access token: ${words}`);
}
