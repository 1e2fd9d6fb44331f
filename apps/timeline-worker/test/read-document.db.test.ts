import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { deflateSync } from 'node:zlib';
import { waitFor } from '../../../test/support/wait';
import type { SourceDocument } from '../src/sources/document-text';
import { readDocument } from '../src/sources/read-document';
import { FIRST_EXTRA, endlessPdf, inUnicodeFont, pdf, textAt } from './fixtures/documents/pdf';

const running = new AbortController().signal;
const read = async (bytes: Buffer, mediaType?: string) => readDocument({ bytes, mediaType }, { signal: running });
/** Small enough that a document reaches them soon. */
const tight = { cpuSeconds: 4, wallMs: 60_000, heapMiB: 192 };
const refusal = (about: RegExp) =>
  expect.objectContaining({ name: 'UnsupportedDocument', message: expect.stringMatching(about) });

test('ai-timeline 3: a PDF becomes its text, with paragraphs and pages parted by an empty line', async () => {
  const first = [
    textAt([60, 780], ["The founder's years"], { size: 18 }),
    textAt(
      [60, 740],
      ['On 3 April 1781 he was born at Chhapaiya, a vil-', 'lage in the north, and was called Ghanshyam', 'there.'],
    ),
    textAt([60, 680], ['In 1799 (August) he came to Loj.', 'He stayed.']),
  ].join('\n');
  const second = textAt([60, 780], ['In 1826 he wrote the Shikshapatri.']);
  expect(await read(pdf({ pages: [first, second] }))).toBe(
    [
      "The founder's years",
      'On 3 April 1781 he was born at Chhapaiya, a vil-\nlage in the north, and was called Ghanshyam\nthere.',
      'In 1799 (August) he came to Loj.\nHe stayed.',
      'In 1826 he wrote the Shikshapatri.',
    ].join('\n\n'),
  );
});

test('ai-timeline 3: a PDF of two columns is read down one, then down the other', async () => {
  const page = [
    textAt([60, 780], ['The left one tells of 1800,', 'when he came to Gadhada', 'and stayed']),
    textAt([320, 780], ['in the house of Dada', 'Khachar until 1830.']),
  ].join('\n');
  expect(await read(pdf({ pages: [page] }), 'application/pdf')).toBe(
    'The left one tells of 1800,\nwhen he came to Gadhada\nand stayed\nin the house of Dada\nKhachar until 1830.',
  );
});

test('ai-timeline 3: Gujarati in a PDF is read by the table of its font', async () => {
  const text = 'સંવત ૧૮૮૨ મહા સુદ પાંચમ';
  expect(await read(pdf({ pages: [inUnicodeFont([60, 700], text)] }))).toBe(text.normalize('NFC'));
});

test('ai-timeline 3: a PDF whose table of objects is broken is still read', async () => {
  const whole = pdf({ pages: [textAt([60, 700], ['In 1802 his teacher died.'])] });
  const broken = Buffer.from(whole.toString('latin1').replace(/startxref\n\d+/, 'startxref\n7'), 'latin1');
  expect(await read(broken)).toBe('In 1802 his teacher died.');
});

/** Some kB that unpack to 2.5 GiB of blanks and one sentence. */
function pdfBomb(): Buffer {
  const blanks = Buffer.alloc(40 * 1024 * 1024, Buffer.from([0x81, 0x20]));
  const sentence = Buffer.from('BT /F1 12 Tf 60 700 Td (unpacked) Tj ET');
  const packed = Buffer.concat([blanks, Buffer.from([sentence.length - 1]), sentence, Buffer.from([128])]);
  const stream = { bytes: deflateSync(packed), dictionary: '/Filter [/FlateDecode /RunLengthDecode]' };
  return pdf({ pages: [stream] });
}

const password = `/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <${'3c'.repeat(32)}> /U <${'a5'.repeat(32)}> >> /ID [<00> <00>]`;
const picture = {
  bytes: Buffer.from([0]),
  dictionary: '/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray',
};

test.each<[string, RegExp, () => Buffer]>([
  ['with a password', /password/, () => pdf({ pages: [textAt([60, 700], ['secret'])], trailer: password })],
  [
    'of pictures only',
    /pictures/,
    () => pdf({ pages: ['/I Do'], extra: [picture], resources: `/XObject << /I ${FIRST_EXTRA} 0 R >>` }),
  ],
  ['that is only the beginning of one', /damaged/, () => Buffer.from('%PDF-1.7\n1 0 obj\n<<')],
  ['of noise', /damaged/, () => Buffer.from(`%PDF-1.4\n${'\u00ff\u0000<<[('.repeat(1000)}`, 'latin1')],
  ['that unpacks to more than the process may have', /more time or memory/, pdfBomb],
  ['that never ends', /more time or memory/, endlessPdf],
])('ai-timeline 3: a PDF %s is refused in a sentence', async (_what, about, make) => {
  await expect(
    readDocument({ bytes: make(), mediaType: undefined }, { signal: running, limits: tight }),
  ).rejects.toEqual(refusal(about));
});

test('ai-timeline 3: a PDF of more pages than a run can read is too large', async () => {
  const pages = Array.from({ length: 5001 }, () => '');
  await expect(read(pdf({ pages }))).rejects.toMatchObject({
    name: 'TextTooLarge',
    message: expect.stringMatching('5001'),
  });
});

test('ai-timeline 3: a page of 10 MiB is read while the process goes on with everything else', async () => {
  const paragraph = `<p>On 3 April 1781 <b>Ghanshyam</b> was born at Chhapaiya.</p><!--${'-'.repeat(100)}-->\n`;
  const page = Buffer.from(paragraph.repeat(Math.floor((10 * 1024 * 1024) / paragraph.length)));
  const { text, turns } = await turnsWhile(read(page, 'text/html'));
  expect(text.length).toBeGreaterThan(3_000_000);
  // On the event loop the whole parse would be one turn.
  expect(turns).toBeGreaterThan(1000);
});

/** How many turns of the event loop a reading takes. */
async function turnsWhile(reading: Promise<string>): Promise<{ text: string; turns: number }> {
  let [turns, done] = [0, false];
  reading.catch(() => undefined).finally(() => (done = true));
  while (!done) {
    await setImmediate();
    turns += 1;
  }
  return { text: await reading, turns };
}

test('ai-timeline 3: a plain text of many combining marks is read while the process goes on with everything else', async () => {
  const marks = `a${'\u0301'.repeat(500_000)}${'\u0316'.repeat(500_000)}`;
  const { text, turns } = await turnsWhile(read(Buffer.from(marks), 'text/plain'));
  expect(text.replaceAll('\u034f', '')).toHaveLength(1_000_000);
  expect(turns).toBeGreaterThan(100);
});

/** Opens all the files that a process may have, and then reads a document. */
const WITHOUT_FILES = `
const { openSync } = require('node:fs');
const { readDocument } = require(process.argv[1]);
try {
  for (;;) openSync('/dev/null', 'r');
} catch {}
readDocument({ bytes: Buffer.from('<p>x'), mediaType: 'text/html' }, { signal: new AbortController().signal })
  .catch((error) => console.log(error.name, error.code));
`;

test('a worker that has no files left fails to read a document and lives on', async () => {
  const built = path.join(__dirname, '..', 'dist', 'sources', 'read-document.js');
  const limited = ['-c', 'ulimit -n 64; exec "$0" "$@"', process.execPath, '-e', WITHOUT_FILES, built];
  const { stdout } = await promisify(execFile)('/bin/sh', limited);
  expect(stdout).toBe('Error EMFILE\n');
});

test('ai-timeline 3: HTML that no parser has memory for ends its own process and no other', async () => {
  const bytes = Buffer.from('<b>a</b>'.repeat(1_000_000));
  await expect(readDocument({ bytes, mediaType: 'text/html' }, { signal: running, limits: tight })).rejects.toEqual(
    refusal(/more time or memory/),
  );
  expect(await read(Buffer.from('<p>next'), 'text/html')).toBe('next');
});

/** Process ids of what reads documents for this process now. */
async function readers(): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  return stdout
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .filter(
      ([, parent, ...command]) => Number(parent) === process.pid && command.join(' ').includes('document-process'),
    )
    .map(([pid]) => Number(pid));
}

const patient = { ...tight, cpuSeconds: 600, heapMiB: 512 };
const endless: SourceDocument = { bytes: endlessPdf(), mediaType: undefined };

test('ai-timeline 7: a reading that is cancelled ends at once, and so does its process', async () => {
  const controller = new AbortController();
  const reading = readDocument(endless, { signal: controller.signal, limits: patient });
  await waitFor(async () => (await readers()).length === 1, 'a process that reads');
  controller.abort();
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  await waitFor(async () => (await readers()).length === 0, 'the process to end');
});

test('a process that somebody ends with the worker says nothing about its document', async () => {
  const reading = readDocument(endless, { signal: running, limits: patient });
  await waitFor(async () => (await readers()).length === 1, 'a process that reads');
  process.kill((await readers())[0]!, 'SIGTERM');
  await expect(reading).rejects.toMatchObject({ name: 'Error', signal: 'SIGTERM' });
});

test('a document reads nothing of the environment, runs nothing and leaves nothing behind', async () => {
  const reading = readDocument(endless, { signal: running });
  await waitFor(async () => (await readers()).length === 1, 'a process that reads');
  const [pid] = await readers();
  const { stdout } = await promisify(execFile)('ps', ['eww', '-o', 'args=', '-p', String(pid)]);
  const limits = process.platform === 'linux' ? await readFile(`/proc/${pid}/limits`, 'utf8') : undefined;
  process.kill(pid!, 'SIGKILL');
  await expect(reading).rejects.toEqual(refusal(/more time or memory/));
  expect(stdout).toContain('--disallow-code-generation-from-strings');
  expect(stdout).not.toContain('PATH=');
  // Half of the time that an activity has is enough for 50 documents that take all they may, two at a time.
  if (limits) expect(limits).toMatch(/cpu time +10 +10 [^]*core file size +0 +0 /);
});
