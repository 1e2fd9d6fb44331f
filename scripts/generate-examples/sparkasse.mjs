import { assertSame, readRecords, summarise } from './records.mjs';
import {
  createRandom,
  dayNumber,
  civil,
  pad,
  weekdayOf,
  DATES_2025,
  csvLine,
  grouped,
  encodeWindows1252,
  emit,
  emitJson,
} from './tools.mjs';

/** A café's account at a German savings bank: windows-1252, `;`, decimal comma, working days only, no bad row. */
export function sparkasse() {
  const random = createRandom(20250102);
  const eol = '\r\n';
  const suppliers = [
    'Bäckerei Weiß',
    'Getränke Größl GmbH',
    'Käserei Allgäuer Höfe',
    'Çelik Gemüsehandel',
    'Rösterei Süd',
    'Wäscherei Schön',
    'Müller & Söhne Feinkost',
    'Eierhof Jörg Krüger',
  ];
  const guests = [
    'Jürgen Köhler',
    'Anneliese Böhm',
    'Förderverein Grünwald e.V.',
    'Architekturbüro Schäfer',
    'Chor „Lindenhof“',
    'Stéphane Lefèvre',
  ];
  const staff = ['Björn Hübner', 'Özlem Kaya', 'Käthe Groß'];
  const holidays = new Set(
    ['01-01', '04-18', '04-21', '05-01', '05-29', '06-09', '10-03', '12-25', '12-26'].map((day) => `2025-${day}`),
  );
  let invoice = 4100;
  const movements = [
    [
      46,
      () => [
        'Kartenterminal Abrechnung',
        `Kartenumsätze Terminal 6500${random.int(1201, 1204)} Beleg ${random.int(100000, 999999)}`,
        random.int(1800, 62000),
      ],
    ],
    [
      20,
      () => [
        random.pick(suppliers),
        `Rechnung ${(invoice += random.int(1, 4))} Lieferung Küche`,
        -random.int(2200, 48000),
      ],
    ],
    [
      9,
      () => [
        random.pick(guests),
        `Familienfeier – Anzahlung zu Angebot ${random.int(210, 880)}`,
        random.int(15000, 180000),
      ],
    ],
    [
      7,
      () => ['Großmarkt Süd', `Einkauf ${random.int(10000, 99999)}; Obst; Gemüse; Kräuter`, -random.int(4000, 39000)],
    ],
    [
      6,
      () => [
        'Stadtwerke Schönfeld',
        `Abschlag Strom/Gas${eol}Vertragskonto ${random.int(700000, 799999)}${eol}Vielen Dank für Ihre Zahlung`,
        -random.int(9000, 52000),
      ],
    ],
    [5, () => [random.pick(staff), 'Aushilfe, Stunden laut Liste', -random.int(12000, 52000)]],
    [4, () => ['Bareinzahlung', `Kasse "Theke" Einzahlung über ${random.int(2, 9)}00 €`, random.int(20000, 95000)]],
    [3, () => ['Hausverwaltung Nüßlein', 'Pacht und Nebenkosten', -random.int(120000, 245000)]],
  ];
  const weights = movements.flatMap(([weight, make]) => Array(weight).fill(make));
  const format = (date) => `${date.slice(8)}.${date.slice(5, 7)}.${date.slice(0, 4)}`;
  const rows = [];
  const seen = new Set();
  for (const date of DATES_2025.filter((day) => weekdayOf(day) % 6 !== 0 && !holidays.has(day))) {
    for (let n = random.int(18, 23); n > 0; n -= 1) {
      const [payee, purpose, minor] = random.pick(weights)();
      const value = civil(Math.min(dayNumber(date) + (random.chance(0.2) ? 1 : 0), dayNumber('2025-12-31')));
      const reference = random.chance(0.35) ? `KR-${pad(rows.length + 1, 6)}` : '';
      const cells = [
        format(date),
        format(value),
        payee,
        purpose,
        `${minor < 0 ? '-' : ''}${grouped(Math.abs(minor), '.', ',')}`,
        'EUR',
        reference,
      ];
      if (seen.has(cells.join('|'))) continue;
      seen.add(cells.join('|'));
      rows.push({ date, cells, minor: BigInt(minor) });
      // Two coffees, two card payments: the one pair of rows that are equal in every cell.
      if (date === '2025-05-14' && n === 5) {
        const pair = {
          date,
          cells: [
            format(date),
            format(date),
            'Kartenterminal Abrechnung',
            'Einzelumsatz Café crème',
            '3,80',
            'EUR',
            '',
          ],
          minor: 380n,
        };
        rows.push(pair, pair);
      }
    }
  }
  const preamble = [
    'Kontoauszug;Sparkasse Schönfeld',
    'Inhaber;Café Lindenhof GbR',
    'Konto;****2051',
    'Zeitraum;Jahr 2025',
  ];
  const header = 'Buchungstag;Wertstellung;Auftraggeber/Empfänger;Verwendungszweck;Betrag;Währung;Kundenreferenz';
  const text = [...preamble, header, ...rows.map((row) => csvLine(row.cells, ';'))].map((line) => line + eol).join('');
  const records = readRecords(text, ';').slice(5);
  assertSame(
    'sparkasse amounts',
    records.map(({ cells }) => cells[4].replaceAll(/[.,]/g, '')).map(Number),
    rows.map(({ minor }) => Number(minor)),
  );
  const lines = records.map(({ line, cells }) => ({ line, minor: BigInt(cells[4].replaceAll(/[.,]/g, '')) }));
  const expected = summarise(
    lines,
    'EUR',
    rows.map(({ date }) => date),
  );
  emit('bank/sparkasse-2025.csv', encodeWindows1252(text));
  emitJson('bank/sparkasse-2025.expected.json', expected);
  return expected;
}
