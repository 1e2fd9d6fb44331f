import fc from 'fast-check';
import { displayWidth, fitTable, fitText, printable, wrapText } from '.';

const HEAD = ['line', 'amount', 'text'];

test('platform: a table fits the terminal: long texts are cut, amounts stand right and are whole', () => {
  const rows = [
    ['2', '-4.80 EUR', 'Brötchen'],
    ['13', '1,248,000.00 EUR', 'a text that is much longer than there is room for'],
  ];
  expect(fitTable({ head: HEAD, rows, width: 40 })).toEqual([
    'line            amount  text',
    '   2         -4.80 EUR  Brötchen',
    '  13  1,248,000.00 EUR  a text that is…',
  ]);
});

test('platform: letters of double width and letters with marks keep the columns straight', () => {
  const rows = [
    ['東京電力', '1', 'x'],
    ['किराना दुकान', '2', 'x'],
    ['e\u0301', '3', 'x'],
    ['🎉 party', '4', 'x'],
  ];
  const lines = fitTable({ head: ['name', 'n', 'end'], rows, width: 60 });
  const ends = lines.slice(1).map((line) => displayWidth(line.slice(0, -1)));
  expect(new Set(ends).size).toBe(1);
});

test('platform: ids are never cut, columns without anything are left out, dates are no numbers', () => {
  const id = '3215956d-b537-44fc-98ae-42f17ddb9752';
  const lines = fitTable({
    head: ['id', 'payee', 'day', 'file'],
    rows: [[id, '', '13.03.2026', 'a-file-with-a-long-name.csv']],
    width: 60,
    whole: ['id'],
  });
  expect(lines[0]).not.toContain('payee');
  expect(lines[1]).toContain(id);
  expect(displayWidth(lines[1]!)).toBeLessThanOrEqual(60);
});

test('platform: nothing from a file can move the cursor or turn the direction of writing', () => {
  expect(printable('\u001b[2Ja\u0007\u009b1Ab\u202ec\u2066d\ud800\r\n\te')).toBe('[2Ja1Abcd e');
});

test('platform: no line is wider than the table may be, and no text is longer than its width', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), { maxLength: 5 }),
      fc.integer({ min: 30, max: 120 }),
      (rows, width) => {
        for (const line of fitTable({ head: ['one', 'two'], rows, width }))
          expect(displayWidth(line)).toBeLessThanOrEqual(width);
        for (const [text] of rows) expect(displayWidth(fitText(printable(text), 9))).toBeLessThanOrEqual(9);
      },
    ),
  );
});

test('platform: prose is broken between words, and none is lost', () => {
  const text = 'a sentence with aVeryLongWordThatFitsNowhere in it';
  expect(wrapText(text, 12)).toEqual(['a sentence', 'with', 'aVeryLongWordThatFitsNowhere', 'in it']);
  expect(wrapText(text, 12).join(' ')).toBe(text);
});
