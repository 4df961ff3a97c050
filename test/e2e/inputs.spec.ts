import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

const PICTURE = readFileSync(
  new URL('../../libs/outputs/src/testing/fixtures/picture.png', import.meta.url),
);
const DATA_URL = `data:image/png;base64,${PICTURE.toString('base64')}`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '50' } });
});
afterAll(async () => await stack?.stop());

/** Uploads the picture and returns the URL by which tasks name it. */
async function upload(key = 'tenant-a'): Promise<string> {
  const response = await fetch(`${stack.url}/v1/inputs`, {
    method: 'POST',
    body: PICTURE,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'image/png' },
  });
  const { data } = (await response.json()) as { data: { url: string } };
  return data.url;
}

const create = async (url: string, key = 'tenant-a') =>
  await new GatewayClient(stack.url, key).request('/v1/tasks', {
    body: { model: 'flux-2-pro', input: { prompt: 'with a hat', image_urls: [url] } },
    headers: { prefer: 'wait=30' },
  });

describe('pictures as input', () => {
  it('reach the vendor from an upload and from a data URL', async () => {
    for (const url of [await upload(), DATA_URL]) {
      const { status, body } = await create(url);

      expect(status).toBe(200);
      expect(body).toMatchObject({ data: { status: 'success' } });
    }
  });

  it('are refused at once when they are another tenant’s, or at an address that is not public', async () => {
    for (const url of [await upload('tenant-b'), 'http://169.254.169.254/latest/meta-data']) {
      const { status, body } = await create(url);

      expect(status).toBe(400);
      expect(body).toMatchObject({ error: { param: 'input.image_urls.0' } });
    }
  });
});
