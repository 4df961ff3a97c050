import { ADMIN_TOKEN, startBenchStack, TENANTS } from '../load/bench-stack.mjs';
import { startStandIn } from './stand-in/start-stand-in.mjs';

/**
 * A gateway whose upstream is the recording stand-in. Administration of the upstream's account, which
 * SDKs can do too, goes through for its tenant.
 * @returns {Promise<{ environment: Record<string, string>, stop: () => Promise<void> }>}
 */
export async function startRecorded() {
  const standIn = await startStandIn();
  const stack = await startBenchStack({
    OPENAI_API_KEY: 'sk-of-the-stand-in',
    OPENAI_BASE_URL: `${standIn.url}/v1`,
    // The stand-in's answers name objects that nobody made here.
    UNKNOWN_OBJECTS: 'allow',
  });
  const [tenant = ''] = TENANTS;
  await allow(stack.url, tenant);
  return {
    environment: {
      STAND_IN_URL: standIn.url,
      RECORDED_GATEWAY_URL: stack.url,
      RECORDED_KEY: tenant,
    },
    stop: async () => {
      await stack.stop();
      await standIn.close();
    },
  };
}

/** @param {string} url @param {string} name */
async function allow(url, name) {
  const headers = {
    authorization: `Bearer ${ADMIN_TOKEN}`,
    'content-type': 'application/json',
  };
  const listed = await fetch(`${url}/admin/tenants`, { headers });
  const { data } = await listed.json();
  const tenant = data.tenants.find((one) => one.name === name);
  const policy = { endpoints: { allow: ['*', '/v1/organization/*'] } };
  const answer = await fetch(`${url}/admin/tenants/${tenant.id}`, {
    method: 'PATCH',
    headers,
    body: JSON.stringify({ policy }),
  });
  if (!answer.ok) throw new Error(`The policy was not taken: ${await answer.text()}`);
}
