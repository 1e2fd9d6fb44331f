import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  type Encoding,
  bufferSource,
  detectEncoding,
  encodingOfLabel,
  fileSource,
  readHead,
  scanFile,
  settleEncoding,
} from './index';

const UNLIMITED = 2 ** 31;

async function scanned(bytes: Buffer, encoding: Encoding, pieceBytes = 5) {
  const scan = await scanFile({ source: bufferSource(bytes, pieceBytes), encoding, maxBytes: UNLIMITED });
  if ('problem' in scan) throw new Error(scan.problem.message);
  return scan;
}

describe('encoding', () => {
  test('data-import 4: a byte order mark goes before everything', () => {
    const utf16be = Buffer.from('\ufeffa', 'utf16le').swap16();
    expect(detectEncoding(Buffer.from('\ufeffa'), { profile: 'windows-1252' })).toMatchObject({
      encoding: 'utf-8',
      bomBytes: 3,
      source: 'bom',
    });
    expect(detectEncoding(Buffer.from('\ufeffa', 'utf16le'), { declared: 'utf-8' })).toMatchObject({
      encoding: 'utf-16le',
      bomBytes: 2,
    });
    expect(detectEncoding(utf16be)).toMatchObject({ encoding: 'utf-16be', bomBytes: 2 });
  });

  test('data-import 4: profile, then declaration, then strict UTF-8, then windows-1252 with a warning', () => {
    const latin = Buffer.from('Müller', 'latin1');
    expect(detectEncoding(latin, { profile: 'cp1250', declared: 'latin1' })).toMatchObject({
      encoding: 'windows-1250',
      source: 'profile',
    });
    expect(detectEncoding(latin, { declared: 'ISO-8859-1' })).toMatchObject({
      encoding: 'windows-1252',
      source: 'declared',
      warnings: [],
    });
    expect(detectEncoding(Buffer.from('Müller'))).toMatchObject({
      encoding: 'utf-8',
      source: 'strict-utf-8',
      warnings: [],
    });
    expect(detectEncoding(latin)).toMatchObject({ encoding: 'windows-1252', warnings: [{ code: 'EncodingFallback' }] });
  });

  test('data-import 4: an encoding nobody knows is refused by name', () => {
    expect(detectEncoding(Buffer.from('a'), { profile: 'ebcdic-9000' })).toMatchObject({
      problem: { code: 'UnsupportedEncoding', message: expect.stringContaining('ebcdic-9000') },
    });
    expect(encodingOfLabel('shift_jis')).toBeUndefined();
  });

  test('data-import 4: a head that ends inside a character is still UTF-8', () => {
    const bytes = Buffer.from('a€𝔘');
    for (let length = 1; length <= bytes.length; length += 1) {
      expect(detectEncoding(bytes.subarray(0, length))).toMatchObject({ encoding: 'utf-8' });
    }
  });

  test('data-import 4: a bad byte far behind the head turns guessed UTF-8 into windows-1252 with the warning', async () => {
    const bytes = Buffer.concat([Buffer.alloc(100_000, 'x'), Buffer.from('Müller', 'latin1')]);
    const detected = detectEncoding(bytes.subarray(0, 4096));
    if ('problem' in detected) throw new Error('should be detected');
    expect(detected.encoding).toBe('utf-8');
    const scan = await scanned(bytes, 'utf-8', 4096);
    expect(scan.firstBadByte).toBe(100_001);
    expect(settleEncoding(detected, scan)).toMatchObject({
      encoding: 'windows-1252',
      warnings: [{ code: 'EncodingFallback' }],
    });
  });

  test.each(['bom', 'profile', 'declared'] as const)(
    'data-import 4: the same bad byte is DecodeError against a %s',
    async (by) => {
      const bytes = Buffer.concat([Buffer.from(by === 'bom' ? '\ufeff' : ''), Buffer.from('Müller', 'latin1')]);
      const detected = detectEncoding(bytes, by === 'bom' ? {} : { [by]: 'utf-8' });
      if ('problem' in detected) throw new Error('should be detected');
      expect(settleEncoding(detected, await scanned(bytes, 'utf-8'))).toMatchObject({
        problem: { code: 'DecodeError' },
      });
    },
  );

  test('data-import 4: bytes without meaning in a declared single-byte encoding are found', async () => {
    // 0xD2 is no letter in iso-8859-7.
    const bytes = Buffer.concat([Buffer.alloc(20, 'x'), Buffer.from([0xd2]), Buffer.alloc(20, 'x')]);
    expect((await scanned(bytes, 'iso-8859-7')).firstBadByte).toBe(20);
    expect((await scanned(bytes, 'iso-8859-15')).firstBadByte).toBeUndefined();
  });

  test('data-import 2: one pass gives length and sha256, for any cutting, and agrees with a strict decoder', async () => {
    const piece = fc.oneof(
      fc.constantFrom('a', 'é', '€', '𝔘').map((text) => Buffer.from(text)),
      fc.constantFrom(0x80, 0xc3, 0xe2, 0xf0, 0xff).map((byte) => Buffer.from([byte])),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 1, max: 6 }), async (pieces, size) => {
        const bytes = Buffer.concat(pieces);
        const scan = await scanned(bytes, 'utf-8', size);
        expect(scan.bytes).toBe(bytes.length);
        expect(scan.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
        let valid = true;
        try {
          new TextDecoder('utf-8', { fatal: true }).decode(bytes);
        } catch {
          valid = false;
        }
        expect(scan.firstBadByte === undefined).toBe(valid);
      }),
      { numRuns: 300 },
    );
  });

  test('data-import 18: a file over the size limit is refused while it is read', async () => {
    const source = bufferSource(Buffer.alloc(100), 10);
    const seen: number[] = [];
    const scan = await scanFile({ source, encoding: 'utf-8', maxBytes: 25, onProgress: (bytes) => seen.push(bytes) });
    expect(scan).toMatchObject({ problem: { code: 'FileTooLarge' } });
    expect(seen).toEqual([10, 20]);
    expect(await scanFile({ source, encoding: 'utf-8', maxBytes: 100 })).toMatchObject({ bytes: 100 });
  });

  test('a file on disk is opened at any offset, and its head is known to be all of it or not', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'source-'));
    try {
      const path = join(directory, 'a.csv');
      writeFileSync(path, 'abcdef');
      expect(await readHead(fileSource(path), 6)).toMatchObject({ headIsWholeFile: true });
      const { head, headIsWholeFile } = await readHead(fileSource(path), 5);
      expect([head.toString(), headIsWholeFile]).toEqual(['abcde', false]);
      const pieces: Buffer[] = [];
      for await (const piece of fileSource(path).open(4)) pieces.push(piece);
      expect(Buffer.concat(pieces).toString()).toBe('ef');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
