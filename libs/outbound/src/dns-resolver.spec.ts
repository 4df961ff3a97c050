import { setImmediate as turn } from 'node:timers/promises';
import type { Answer } from 'dns-packet';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DnsResolver } from './dns-resolver.js';
import { parseDnsServers } from './dns-servers.js';
import { nameServer, type Question, records, type Reply } from './testing/name-server.js';

const NAME = 'hooks.example.com';

/** A busy machine may take a while; the clocks under test have longer. */
const PATIENTLY = { timeout: 4_000 };

const cname = (name: string, data: string): Answer => ({ type: 'CNAME', name, ttl: 0, data });

/** A script for the two questions about one name. */
const each =
  (answers: { readonly A: Reply; readonly AAAA: Reply }) =>
  ({ type }: Question): Reply =>
    answers[type];

async function ask(script: (question: Question) => Reply, name = NAME) {
  await using server = await nameServer(script);
  const resolver = new DnsResolver({ servers: [server.address] });
  return { addresses: await resolver.resolve(`${name}.`), asked: server.asked };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('DnsResolver', () => {
  it('asks for exactly this name, both kinds of address, and gives IPv4 first', async () => {
    const { addresses, asked } = await ask((question) =>
      records(question, ['2606:4700:4700::1111', '1.1.1.1']),
    );

    expect(addresses).toEqual(['1.1.1.1', '2606:4700:4700::1111']);
    expect(new Set(asked.map(({ name, type }) => `${type} ${name}`))).toEqual(
      new Set([`A ${NAME}`, `AAAA ${NAME}`]),
    );
  });

  it.each<[string, Reply, readonly string[]]>([
    ['no record', [], ['1.1.1.1']],
    ['no such name', 'no-such-name', ['1.1.1.1']],
  ])(
    'is content with one kind of address where the other has %s',
    async (_what, AAAA, expected) => {
      const A = records({ name: NAME, type: 'A' }, ['1.1.1.1']);

      expect((await ask(each({ A, AAAA }))).addresses).toEqual(expected);
    },
  );

  it('gives the addresses at the end of a chain of names', async () => {
    const { addresses } = await ask((question) => [
      cname(NAME, 'a.example.net'),
      cname('a.example.net', 'b.example.net'),
      ...records({ ...question, name: 'b.example.net' }, ['10.0.0.1']),
    ]);

    expect(addresses).toEqual(['10.0.0.1']);
  });

  it.each<[string, (question: Question) => Reply]>([
    ['case 104: a name that does not exist', () => 'no-such-name'],
    ['a name without an address', () => []],
    [
      'case 103: a loop of names',
      () => [cname(NAME, 'a.example.net'), cname('a.example.net', NAME)],
    ],
    [
      'case 103: twenty names without an end',
      () =>
        Array.from({ length: 20 }, (_, n) => cname(n ? `${n}.${NAME}` : NAME, `${n + 1}.${NAME}`)),
    ],
  ])('finds no address for %s', async (_what, script) => {
    expect((await ask(script)).addresses).toEqual([]);
  });

  it.each<[string, Reply]>([
    ['case 104: a failing server', 'server-failure'],
    ['a refusing server', 'refused'],
  ])('takes half an answer for none: %s', async (_what, AAAA) => {
    const A = records({ name: NAME, type: 'A' }, ['1.1.1.1']);

    await expect(ask(each({ A, AAAA }))).rejects.toThrow('queryAaaa');
  });

  it('case 104: gives up a silent server when its time is over, or nobody waits any more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await using server = await nameServer(() => 'silence');
    const resolver = new DnsResolver({ servers: [server.address], budgetMs: 5_000 });
    const caller = new AbortController();

    const overdue = resolver.resolve(`${NAME}.`);
    await vi.waitUntil(() => server.asked.length >= 2, PATIENTLY);
    vi.advanceTimersByTime(5_000);
    await expect(overdue).rejects.toThrow('ECANCELLED');

    const unwanted = resolver.resolve(`${NAME}.`, caller.signal);
    await vi.waitUntil(() => server.asked.length >= 4, PATIENTLY);
    caller.abort();
    await expect(unwanted).rejects.toThrow('ECANCELLED');
  });

  it('asks nobody when its time is over before its turn', async () => {
    await using server = await nameServer(() => 'silence');
    const resolver = new DnsResolver({ servers: [server.address] });
    const caller = new AbortController();

    const answer = resolver.resolve(`${NAME}.`, caller.signal);
    caller.abort();

    await expect(answer).rejects.toThrow('aborted');
    await expect(resolver.resolve(`${NAME}.`, caller.signal)).rejects.toThrow('aborted');
    expect(server.asked).toEqual([]);
  });

  it('asks anew every time, whatever the record says of its life', async () => {
    const answers = [['1.1.1.1'], ['10.0.0.1']];
    await using server = await nameServer((question) =>
      question.type === 'A' ? records(question, answers.shift() ?? [], 3_600) : [],
    );
    const resolver = new DnsResolver({ servers: [server.address] });

    expect(await resolver.resolve(`${NAME}.`)).toEqual(['1.1.1.1']);
    expect(await resolver.resolve(`${NAME}.`)).toEqual(['10.0.0.1']);
  });

  it('has so many lookups at once, and others in their turn', async () => {
    await using server = await nameServer(({ name, type }) =>
      name === NAME ? records({ name, type }, ['1.1.1.1']) : 'silence',
    );
    const resolver = new DnsResolver({ servers: [server.address], maxAtOnce: 1 });
    const [tarpit, waiting] = [new AbortController(), new AbortController()];

    const first = resolver.resolve('tarpit.example.com.', tarpit.signal);
    const second = resolver.resolve(`${NAME}.`);
    const third = resolver.resolve(`${NAME}.`, waiting.signal);
    const fourth = resolver.resolve(`${NAME}.`);
    await vi.waitUntil(() => server.asked.length >= 2, PATIENTLY);
    await turn();
    expect(server.asked.every(({ name }) => name === 'tarpit.example.com')).toBe(true);
    waiting.abort();
    await expect(third).rejects.toThrow('No turn to ask for the name in time');
    tarpit.abort();

    await expect(first).rejects.toThrow('ECANCELLED');
    expect(await second).toEqual(['1.1.1.1']);
    expect(await fourth).toEqual(['1.1.1.1']);
  });
});

describe('parseDnsServers', () => {
  it('reads addresses of both families, with ports or without', () => {
    const text = ' 10.0.0.53, ,10.0.0.53:5353,fd00::53,[fd00::53]:53 ';

    expect(parseDnsServers(text)).toEqual([
      '10.0.0.53',
      '10.0.0.53:5353',
      'fd00::53',
      '[fd00::53]:53',
    ]);
    expect(parseDnsServers('')).toEqual([]);
  });

  it.each([
    'dns.example.com',
    '10.0.0.53:0',
    '10.0.0.53:65536',
    '10.0.0',
    '[10.0.0.1]:53',
    'fe80::1%lo',
  ])('names %j as what is not a name server, and what is', (entry) => {
    expect(() => parseDnsServers(`10.0.0.53,${entry}`)).toThrow(
      `"${entry}" is not a name server; accepted are addresses with or without a port, ` +
        'such as 10.0.0.53, 10.0.0.53:5353 or [fd00::53]:5353, comma separated',
    );
  });
});
