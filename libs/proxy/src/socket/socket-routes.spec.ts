import { afterEach, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Route } from '../routing/route.js';
import { listen } from '../testing/loopback.js';
import { aRoute, aTarget } from '../testing/a-route.js';
import {
  opened,
  type SocketStand,
  socketStand,
  type SocketStandOptions,
  textsOf,
} from '../testing/socket-stand.js';

const stands: SocketStand[] = [];
afterEach(async () => {
  await Promise.all(stands.splice(0).map((one) => one.close()));
});

async function open(routes: readonly Route[], more: SocketStandOptions = {}): Promise<SocketStand> {
  const stand = await socketStand({ routes, ...more });
  stands.push(stand);
  return stand;
}

const echo = (socket: WebSocket): void => {
  socket.on('message', (data: Buffer) => socket.send(data.toString('utf8')));
};

/** The address of nobody: its port was just given back. */
async function nobody(): Promise<string> {
  const server = await listen(() => undefined);
  await server.close();
  return `${server.url}/v1`;
}

it('asks for the model in the query by the name that its route gives it', async () => {
  const stand = await open([aRoute('voice', { targets: [aTarget({ model: 'gpt-realtime 2' })] })]);

  const caller = await opened(stand.connect('/v1/realtime?a=%20b&model=voice&c='));

  expect((await stand.asked).url).toBe('/v1/realtime?a=%20b&model=gpt-realtime%202&c=');
  caller.close();
  expect(await stand.record).toMatchObject({ model: 'voice', explanation: { route: 'voice' } });
});

it('writes that name into events that ask for a response, and nothing else', async () => {
  const stand = await open([aRoute('fast', { targets: [aTarget({ model: 'gpt-5-mini' })] })], {
    upstream: echo,
  });
  const caller = stand.connect('/v1/responses');
  const told = textsOf(caller);
  await opened(caller);

  caller.send('{ "type": "response.create",  "model" : "fast", "input": "\\u00fc" }');

  expect(await told()).toBe(
    '{ "type": "response.create",  "model" : "gpt-5-mini", "input": "\\u00fc" }',
  );
});

it('asks the next target where one cannot be reached', async () => {
  const targets = [aTarget({ upstream: 'dead', order: 0 }), aTarget({ order: 1 })];
  const stand = await open([aRoute('*', { targets })], { others: { dead: await nobody() } });

  const caller = await opened(stand.connect('/v1/realtime?model=gpt-realtime'));
  caller.close();

  const { upstream, explanation } = await stand.record;
  expect(upstream).toBe('openai');
  expect(explanation?.attempts).toMatchObject([
    { upstream: 'dead', status: null, outcome: 'unreachable', mayHaveRun: false },
    { upstream: 'openai', status: 101, outcome: 'answered' },
  ]);
});

it('asks the next target where one is broken, and passes on what the last one says', async () => {
  const broken = await listen(() => undefined);
  broken.server.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n');
  });
  const targets = [aTarget({ upstream: 'broken', order: 0 }), aTarget({ order: 1 })];
  const stand = await open([aRoute('*', { targets })], { others: { broken: `${broken.url}/v1` } });

  const caller = await opened(stand.connect('/v1/realtime?model=gpt-realtime'));
  caller.close();
  await broken.close();

  expect((await stand.record).explanation?.attempts.map(({ status }) => status)).toEqual([
    503, 101,
  ]);
});

it.each([
  [401, 'bad-key'],
  [429, 'refused'],
])(
  'asks with another key of the same upstream where one is refused: %i',
  async (status, outcome) => {
    const keys: unknown[] = [];
    const picky = await listen(() => undefined);
    const sockets = new WebSocketServer({ noServer: true });
    picky.server.on('upgrade', (request, socket, head) => {
      keys.push(request.headers.authorization);
      if (keys.length === 1) socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      else sockets.handleUpgrade(request, socket, head, (one) => one.on('error', () => undefined));
    });
    const routes = [aRoute('*', { targets: [aTarget({ upstream: 'picky' })] })];
    const others = { picky: `${picky.url}/v1` };
    const stand = await open(routes, { others, keys: ['k1', 'k2'] });

    const caller = await opened(stand.connect('/v1/realtime?model=gpt-realtime'));
    caller.close();

    expect((await stand.record).explanation?.attempts).toMatchObject([
      { upstream: 'picky', status, outcome },
      { upstream: 'picky', status: 101, outcome: 'answered' },
    ]);
    expect(new Set(keys)).toEqual(new Set(['Bearer k1', 'Bearer k2']));
    await picky.close();
  },
);

it('refuses an event whose model is routed elsewhere than the connection leads', async () => {
  const routes = [aRoute('far', { targets: [aTarget({ upstream: 'other' })] })];
  const stand = await open(routes, { others: { other: await nobody() }, upstream: echo });
  const caller = stand.connect('/v1/responses');
  const told = textsOf(caller);
  await opened(caller);

  caller.send('{"type":"response.create","model":"far","input":"x"}');

  expect(JSON.parse(await told())).toMatchObject({ type: 'error', error: { param: 'model' } });
});
