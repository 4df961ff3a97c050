import * as fc from 'fast-check';

export type Octets = readonly [number, number, number, number];

const octet = fc.integer({ min: 0, max: 255 });
const within = (min: number, max: number) => fc.integer({ min, max });

/** Any IPv4 address that is not public, and is not loopback. */
export const forbiddenIpv4: fc.Arbitrary<Octets> = fc.oneof(
  fc.tuple(fc.constantFrom(0, 10), octet, octet, octet),
  fc.tuple(within(224, 255), octet, octet, octet),
  fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
  fc.tuple(fc.constant(172), within(16, 31), octet, octet),
  fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
  fc.tuple(fc.constant(100), within(64, 127), octet, octet),
  fc.tuple(fc.constant(198), within(18, 19), octet, octet),
  fc.constantFrom<Octets[]>([168, 63, 129, 16], [169, 254, 169, 254], [192, 0, 0, 192]),
);

export const loopbackIpv4: fc.Arbitrary<Octets> = fc.tuple(fc.constant(127), octet, octet, octet);

const word = (high: number, low: number): string => (high * 256 + low).toString(16);
const words = ([a, b, c, d]: Octets): string => `${word(a, b)}:${word(c, d)}`;
const inverted = ([a, b, c, d]: Octets): Octets => [255 - a, 255 - b, 255 - c, 255 - d];
const bases = [
  (part: number) => String(part),
  (part: number) => `0x${part.toString(16)}`,
  (part: number) => `0X${part.toString(16).toUpperCase()}`,
  (part: number) => `0${part.toString(8)}`,
  (part: number) => `000${part.toString(8)}`,
];
const fullWidth = (text: string): string =>
  text.replaceAll(/[\da-fx]/gi, (character) =>
    String.fromCodePoint(character.charCodeAt(0) + 0xfe_e0),
  );
const percent = (text: string): string =>
  text.replaceAll(/./g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** The parts of an address, the last one swallowing what is left out. */
const parts = (octets: Octets, count: number): readonly number[] => [
  ...octets.slice(0, count - 1),
  octets.slice(count - 1).reduce((sum, part) => sum * 256 + part, 0),
];

/** Every way of writing an IPv4 address as four parts or fewer, each in a base of its own. */
const asIpv4 = fc
  .record({
    count: within(1, 4),
    base: fc.array(fc.constantFrom(...bases), { minLength: 4, maxLength: 4 }),
    dot: fc.constantFrom('.', '。', '．', '｡'),
    disguise: fc.constantFrom((text: string) => text, fullWidth, percent),
    end: fc.constantFrom('', '.'),
  })
  .map(({ count, base, dot, disguise, end }) => (octets: Octets): string => {
    const written = parts(octets, count).map((part, index) => (base[index] ?? String)(part));
    return written.map((part) => disguise(part)).join(dot) + end;
  });

/** Every way of writing one inside an IPv6 address. */
const asIpv6 = fc.constantFrom<((octets: Octets) => string)[]>(
  (octets) => `[::ffff:${octets.join('.')}]`,
  (octets) => `[::ffff:${words(octets)}]`,
  (octets) => `[0:0:0:0:0:FFFF:${words(octets).toUpperCase()}]`,
  (octets) => `[::${octets.join('.')}]`,
  (octets) => `[::ffff:0:${octets.join('.')}]`,
  (octets) => `[::5efe:${words(octets)}]`,
  (octets) => `[fe80::200:5efe:${words(octets)}]`,
  (octets) => `[64:ff9b::${octets.join('.')}]`,
  (octets) => `[64:ff9b:1::${words(octets)}]`,
  (octets) => `[2002:${words(octets)}::1]`,
  (octets) => `[2001:0:${words(octets)}::1]`,
  (octets) => `[2001:0:4136:e378:8000:63bf:${words(inverted(octets))}]`,
);

/** A host as somebody writes it who means a forbidden address and does not want it seen. */
export const spelling: fc.Arbitrary<(octets: Octets) => string> = fc.oneof(asIpv4, asIpv6);
