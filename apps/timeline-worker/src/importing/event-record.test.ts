import { detectLayout, bufferSource, readRecordChunks, type SourceRecord } from '@backend/importer/reading';
import fc from 'fast-check';
import { EVENT_ROLES, createEventValidator, eventKey, importedEventId, importedSourceId } from './index';

const TODAY = '2026-11-21';

/** What becomes of the records of a file. */
async function validateFile(text: string, dateOrder?: 'DMY' | 'MDY') {
  const head = Buffer.from(text);
  const detected = detectLayout({
    head,
    headIsWholeFile: true,
    encoding: 'utf-8',
    bomBytes: 0,
    catalogue: EVENT_ROLES,
  });
  if (!('layout' in detected)) throw new Error(JSON.stringify(detected));
  const { layout } = detected;
  const records: SourceRecord[] = [];
  for await (const chunk of readRecordChunks({
    source: bufferSource(head),
    encoding: 'utf-8',
    bomBytes: 0,
    delimiter: layout.delimiter,
    expectedColumns: layout.columnCount,
    start: layout.dataStart,
  }))
    records.push(...chunk.records);
  const validate = createEventValidator({ layout, decisions: { today: TODAY, ...(dateOrder ? { dateOrder } : {}) } });
  return records.map(validate);
}

const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;

test.each([
  ['date,title,summary,places,people,category,source_title,source_url,quote,external_id', 10],
  ['Event Date;Headline;Description;Location;Participants;Theme;Source;Link;Quotation;Event ID', 10],
  ['Datum\tTitel\tBeschreibung\tOrte\tPersonen\tKategorie\tQuelle\tURL\tZitat\tKennung', 10],
  ['તારીખ,શીર્ષક,વિગત,સ્થળ,વ્યક્તિ,શ્રેણી,સ્રોત,લિંક,અવતરણ', 9],
  ['Fecha,Título,Descripción,Lugar', 4],
])('data-import 20: the columns of %s are recognised', (header, roles) => {
  const delimiter = /[;\t]/.exec(header)?.[0] ?? ',';
  const head = Buffer.from(
    `${header}\n${Array.from({ length: header.split(delimiter).length }, () => 'x').join(delimiter)}\n`,
  );
  const detected = detectLayout({
    head,
    headIsWholeFile: true,
    encoding: 'utf-8',
    bomBytes: 0,
    catalogue: EVENT_ROLES,
  });
  expect('layout' in detected && Object.keys(detected.layout.roles)).toHaveLength(roles);
});

test('data-import 5, 20: year, month and day in columns of their own are asked about, not taken apart', () => {
  const head = Buffer.from('Year,Month,Day,Headline\n1817,4,3,One\n');
  const detected = detectLayout({
    head,
    headIsWholeFile: true,
    encoding: 'utf-8',
    bomBytes: 0,
    catalogue: EVENT_ROLES,
  });
  expect(detected).toMatchObject({ needsInput: { code: 'MissingColumn', missing: ['date'] } });
});

test('data-import 20: a row with everything', async () => {
  const [row] = await validateFile(
    'Date,Title,Summary,Places,People,Category,Source,URL,Quote,ID\n' +
      'Samvat 1886 Jeth sud 10," Death  of\nSwaminarayan ","He died, and ""many"" came.","Gadhada; Vadtal ;Gadhada","Patel, V. | Shastri",religion,Letters,https://example.org/l,"He died.", e1 \n',
  );
  expect(row).toEqual({
    ok: {
      line: 2,
      date: expect.objectContaining({
        edtf: '1830-06-01~',
        originalText: 'Samvat 1886 Jeth sud 10',
        originalCalendar: 'samvat',
      }),
      title: 'Death of Swaminarayan',
      summary: 'He died, and "many" came.',
      places: ['Gadhada', 'Vadtal'],
      people: ['Patel, V.', 'Shastri'],
      category: 'religion',
      citation: { sourceTitle: 'Letters', sourceUrl: 'https://example.org/l', quote: 'He died.' },
      externalId: 'e1',
    },
  });
});

test.each([
  ['', 'T', 'MissingDate', 'When'],
  ['1822-02-30', 'T', 'InvalidDate', 'When'],
  ['in the days of the old king', 'T', 'InvalidDate', 'When'],
  ['2026-11-22', 'T', 'FutureDate', 'When'],
  ['1822', '', 'MissingTitle', 'Event'],
  ['1822', '  ', 'MissingTitle', 'Event'],
  ['1822', '—!', 'MissingTitle', 'Event'],
  ['1822', 'a\ufffdb', 'InvalidCharacter', 'Event'],
])('data-import 15, 20: date %j, title %j is %s in %s', async (date, title, code, column) => {
  const [row] = await validateFile(`When,Event\n${cell(date)},${cell(title)}\n`);
  expect(row).toEqual({
    error: expect.objectContaining({ line: 2, code, column, message: expect.stringMatching(/^[A-Z].*\.$/) }),
  });
});

test('data-import 5, 20: too few and too many columns', async () => {
  const rows = await validateFile('When,Event,Place\n1822,One\n1823,Two,Here\n1824,Three,There,More\n');
  expect(rows.map((row) => ('error' in row ? row.error.code : 'ok'))).toEqual(['ColumnCount', 'ok', 'ColumnCount']);
});

test('data-import 20: only a quote with its source is a citation', async () => {
  const rows = await validateFile(
    'Date,Title,Source,URL,Quote\n1822,a,S,,Q\n1822,b,,https://e.org,Q\n1822,c,S,https://e.org,\n1822,d,,,Q\n',
  );
  expect(rows.map((row) => 'ok' in row && row.ok.citation)).toEqual([
    { sourceTitle: 'S', sourceUrl: null, quote: 'Q' },
    { sourceTitle: 'https://e.org', sourceUrl: 'https://e.org', quote: 'Q' },
    undefined,
    undefined,
  ]);
});

test.each([
  ['DMY', '03/04/1817', '1817-04-03'],
  ['MDY', '03/04/1817', '1817-03-04'],
  ['DMY', '૩.૪.૧૮૧૭', '1817-04-03'],
  ['MDY', '13/04/1817', undefined],
  ['MDY', '1817-04-13', '1817-04-13'],
  ['MDY', '4 March 1817', '1817-03-04'],
] as const)('data-import 6, 20: in a file of %s, %s is %s', async (order, text, edtf) => {
  const [row] = await validateFile(`Date,Title\n${text},T\n`, order);
  expect(row && 'ok' in row ? [row.ok.date.edtf, row.ok.date.originalText] : undefined).toEqual(edtf && [edtf, text]);
});

test('data-import 11, 20: equal identities have one key and one id, others have others', () => {
  const identity = fc.record({
    externalId: fc.option(fc.constantFrom('1', '2', 'a"b'), { nil: undefined }),
    title: fc.constantFrom('Temple opened', 'TEMPLE  opened!', 'Tèmple opened', 'Temple', '1822 Temple'),
    edtf: fc.constantFrom('1822', '1822-02', '1823'),
  });
  const sameTitle = (a: string, b: string) => a === b || [a, b].every((title) => /^t[eè]mple\s+opened!?$/i.test(title));
  fc.assert(
    fc.property(identity, identity, fc.constantFrom('t1', 't2'), (a, b, timeline) => {
      const of = ({ externalId, title, edtf }: typeof a) => ({
        title,
        date: { edtf },
        ...(externalId === undefined ? {} : { externalId }),
      });
      const same =
        a.externalId === undefined || b.externalId === undefined
          ? a.externalId === b.externalId && a.edtf === b.edtf && sameTitle(a.title, b.title)
          : a.externalId === b.externalId;
      const keys = [eventKey('t1', of(a)), eventKey(timeline, of(b))];
      const ids = [importedEventId('t1', of(a)), importedEventId(timeline, of(b))];
      expect(keys[0] === keys[1]).toBe(same && timeline === 't1');
      expect(ids[0] === ids[1]).toBe(same && timeline === 't1');
      expect(keys[0]).toHaveLength(32);
    }),
  );
});

test('a source is the same by title and address together', () => {
  const id = (sourceTitle: string, sourceUrl: string | null) => importedSourceId({ sourceTitle, sourceUrl });
  expect(new Set([id('a', null), id('a', 'b'), id('b', 'a'), id('a', null)]).size).toBe(3);
});

test('data-import 2: any record is an event or an error with line, code and message; the same record gives the same answer', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom('1822', '1822-02-24', 'c. 1822', 'Samvat 1878', 'x', ';', '||'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text, text, text), { minLength: 1, maxLength: 5 }), async (cells) => {
      const body = cells.map((row) => row.map((value) => cell(value.replaceAll('\ud800', ''))).join(',')).join('\n');
      const file = `Date,Title,Places,Quote\n${body}\n`;
      const rows = await validateFile(file);
      expect(await validateFile(file)).toEqual(rows);
      for (const row of rows) {
        if ('error' in row)
          expect(row.error).toEqual({
            line: expect.any(Number),
            column: expect.any(String),
            code: expect.stringMatching(/^[A-Z]/),
            value: expect.stringMatching(/^[^]{0,200}$/),
            message: expect.stringMatching(/\.$/),
          });
        else {
          expect(row.ok.title.trim()).not.toBe('');
          expect(row.ok.date.sortMin).toBeLessThanOrEqual(row.ok.date.sortMax);
          expect(row.ok.places.every((place) => place.trim() === place && place !== '')).toBe(true);
        }
      }
    }),
    { numRuns: 60 },
  );
});
