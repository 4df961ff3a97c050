import { buffer } from 'node:stream/consumers';
import { modelScanner } from '@app/proxy';
import { describe, expect, it } from 'vitest';
import { type KeepFile, readForm } from './read-form.js';
import { bodyOfForm } from './form-values.js';

/** A form as `fetch` encodes it, in pieces of some bytes. */
async function encoded(form: FormData, pieceBytes = 7) {
  const response = new Response(form);
  const bytes = Buffer.from(await response.arrayBuffer());
  const type = response.headers.get('content-type') ?? '';
  return { type, bytes, pieces: inPieces(bytes, pieceBytes) };
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function formOf(...parts: Parts): FormData {
  const form = new FormData();
  for (const [name, value] of parts) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, 'a.png');
  }
  return form;
}

const keepBytes: KeepFile = async (_, stream) => {
  const text = (await buffer(stream)).toString();
  return { url: `kept:${text.length}`, sha256: text };
};

type Parts = readonly (readonly [string, string | Blob])[];

const fingerprint = async (...parts: Parts): Promise<string> => {
  const { type, pieces } = await encoded(formOf(...parts), 50_000);
  return (await readForm(type, pieces, keepBytes)).fingerprint.toString('hex');
};

const FILE = new Blob(['x'.repeat(100_000)], { type: 'image/png' });

describe('a form', () => {
  it('is read with its files, in whatever pieces it comes', async () => {
    const form = formOf(['image[]', FILE], ['model', 'm'], ['image[]', FILE], ['prompt', 'größe']);
    for (const size of [1000, 65_536]) {
      const { type, pieces } = await encoded(form, size);
      const read = await readForm(type, pieces, keepBytes);

      expect(read.fields).toEqual([
        { name: 'model', value: 'm' },
        { name: 'prompt', value: 'größe' },
      ]);
      expect(read.files).toEqual([
        { name: 'image[]', url: 'kept:100000' },
        { name: 'image[]', url: 'kept:100000' },
      ]);
    }
  });

  it('has the same fingerprint under another boundary, and another one with other parts', async () => {
    const other = new Blob(['y'], { type: 'image/png' });
    const first = await fingerprint(['model', 'm'], ['image', FILE]);

    expect(await fingerprint(['model', 'm'], ['image', FILE])).toBe(first);
    expect(await fingerprint(['model', 'm'], ['image', other])).not.toBe(first);
    expect(await fingerprint(['image', FILE], ['model', 'm'])).not.toBe(first);
  });

  it('that breaks off is refused, wherever it does', async () => {
    const { type, bytes } = await encoded(formOf(['prompt', 'p'], ['image', FILE], ['n', '1']));
    const cuts = [0, 1, 30, 120, 200, 50_000, bytes.length - 60, bytes.length - 5];

    for (const cut of cuts) {
      const cutOff = inPieces(bytes.subarray(0, cut), 4000);
      await expect(readForm(type, cutOff, keepBytes)).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
      });
    }
  });

  it('fails with what the file’s keeper says, at once or at the end', async () => {
    const refusal = new Error('no picture');
    const atOnce: KeepFile = () => Promise.reject(refusal);
    const atEnd: KeepFile = async (name, stream) => {
      await keepBytes(name, stream);
      throw refusal;
    };
    for (const keep of [atOnce, atEnd]) {
      const { type, pieces } = await encoded(formOf(['image', FILE], ['image', FILE]), 4000);
      await expect(readForm(type, pieces, keep)).rejects.toBe(refusal);
    }
  });

  it.each<[string, string, string]>([
    ['without a boundary', 'multipart/form-data', 'x'],
    ['that is none', 'multipart/form-data; boundary=b', '{"model":"m"}'],
    ['that is empty', 'multipart/form-data; boundary=b', ''],
    [
      'whose part has no name',
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data\r\n\r\nx\r\n--b--\r\n',
    ],
    [
      'whose file has no name',
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; filename="a"\r\n\r\nx\r\n--b--\r\n',
    ],
  ])('%s is refused', async (_, type, text) => {
    await expect(readForm(type, inPieces(Buffer.from(text), 5), keepBytes)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });

  it('with too many parts, or a text that is too long, is refused', async () => {
    const many = Array.from({ length: 300 }, (_, index) => [`f${index}`, 'x'] as const);
    const files = Array.from({ length: 20 }, () => ['image[]', new Blob(['x'])] as const);
    const long = [['prompt', 'x'.repeat(2_000_000)]] as const;

    for (const parts of [many, files, long]) {
      const { type, pieces } = await encoded(formOf(...parts), 10_000);
      await expect(readForm(type, pieces, keepBytes)).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
      });
    }
  });
});

describe('fields of a form', () => {
  const schemas = {
    n: { type: 'integer' },
    stream: { type: 'boolean' },
    duration: { enum: [4, 8] },
    provider_options: { type: 'object', properties: { steps: { type: 'integer' } } },
    image_urls: { type: 'array', items: { type: 'string' } },
  };
  const bodyOf = (...pairs: readonly (readonly [string, string])[]) =>
    bodyOfForm(
      pairs.map(([name, value]) => ({ name, value })),
      schemas,
    );

  it('become what JSON would have said', () => {
    expect(
      bodyOf(
        ['n', '2'],
        ['stream', 'true'],
        ['duration', '8'],
        ['prompt', '7'],
        ['provider_options[steps]', '30'],
        ['image_urls[]', 'a'],
        ['image_urls[]', 'b'],
        ['input_reference[image_url]', 'https://a.example/b'],
      ),
    ).toEqual({
      n: 2,
      stream: true,
      duration: 8,
      prompt: '7',
      provider_options: { steps: 30 },
      image_urls: ['a', 'b'],
      input_reference: { image_url: 'https://a.example/b' },
    });
  });

  it('stay a text where they are nothing that is taken, for the schema to refuse', () => {
    expect(bodyOf(['n', 'two'], ['stream', 'yes'], ['duration', '5'])).toEqual({
      n: 'two',
      stream: 'yes',
      duration: '5',
    });
  });

  it.each([
    [['n', '1'] as const, ['n', '2'] as const],
    [['a', '1'] as const, ['a[b]', '2'] as const],
    [['a[]', '1'] as const, ['a', '2'] as const],
    [['a[b]', '1'] as const, ['a[]', '2'] as const],
    [['a[][b]', '1'] as const],
    [['a[b][c][d][e][f]', '1'] as const],
    [['[a]', '1'] as const],
    [['a]b[', '1'] as const],
  ])('are refused when they contradict each other: %j', (...pairs) => {
    expect(() => bodyOf(...pairs)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });

  it('may be called whatever they like', () => {
    expect(Object.keys(bodyOf(['__proto__', 'x'], ['constructor[a]', 'y']))).toEqual([
      '__proto__',
      'constructor',
    ]);
  });
});

const find = async (type: string, pieces: AsyncIterable<Buffer>) => {
  const scanner = modelScanner(type);
  for await (const piece of pieces) {
    await scanner?.write(piece);
    if (scanner?.model !== undefined) break;
  }
  return scanner?.model;
};

describe('the model of a body', () => {
  it('is found in JSON and in a form, wherever it stands', async () => {
    const json = JSON.stringify({ prompt: 'p'.repeat(5000), input: { model: 'no' }, model: 'm-1' });
    const { type, pieces } = await encoded(
      formOf(['image', FILE], ['model', 'm-1'], ['n', '1']),
      900,
    );

    expect(await find('application/json', inPieces(Buffer.from(json), 3))).toBe('m-1');
    expect(await find(type, pieces)).toBe('m-1');
  });

  it.each<[string, string]>([
    ['application/json', '{"model": 7}'],
    ['application/json', '{"model": ["m"]}'],
    ['application/json', '["model"]'],
    ['application/json', '{"mod'],
    ['application/json', ''],
    ['text/plain', '{"model": "m"}'],
    ['multipart/form-data', 'x'],
    ['multipart/form-data; boundary=b', 'garbage'],
    ['multipart/form-data; boundary=b', '--b\r\ngarbage\r\n\r\n--b\r\n\r\n--b--\r\nmore'],
  ])('is not found in %s: %s', async (type, text) => {
    expect(await find(type, inPieces(Buffer.from(text), 4))).toBeUndefined();
  });
});
