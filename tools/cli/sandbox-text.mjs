import { SANDBOX_KEY, STAND_INS } from '../start/providers.mjs';
import { FIRST_REQUESTS } from './first-requests.mjs';

/**
 * What the terminal shows when the stand-ins run.
 * @param {string} url where they listen
 * @returns {string}
 */
export function sandboxText(url) {
  return [
    '',
    `Every stand-in takes any key that does not begin with "wrong"; here it is "${SANDBOX_KEY}".`,
    '',
    ...STAND_INS.flatMap(({ name, baseUrl, path }) => [
      `${name.padEnd(10)} ${baseUrl}=${url}${path}`,
      ...(FIRST_REQUESTS[name] ? [curl(url + path, FIRST_REQUESTS[name])] : []),
      '',
    ]),
    'A prompt takes directions: "a boat [[delay:5s]] [[fault:error-429:2]]" (docs/sandbox.md)',
    `What they were asked and would have billed: curl -s ${url}/_sandbox/submits`,
    '',
    `The sandbox is ready on ${url} (Ctrl-C stops it)`,
  ].join('\n');
}

/**
 * @param {string} baseUrl
 * @param {import('./first-requests.mjs').FirstRequest} request
 */
const curl = (baseUrl, { path, header, body }) =>
  `  curl -s '${baseUrl}${path}' -H '${header}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
