import { assertSame, readRecords, summarise } from './records.mjs';
import { createRandom, pad, DATES_2025, csvLine, grouped, emit, emitJson } from './tools.mjs';

// [code, what to change in a good record's cells: date, description, debit, credit, balance, reference]
const FAULTS = [
  ...['02/30/2025', '02/29/2025', '04/31/2025', '06/31/2025', '09/31/2025', '11/31/2025'].map((date) => [
    'InvalidDate',
    (cells) => cells.with(0, date),
  ]),
  ...Array(4).fill(['MissingDate', (cells) => cells.with(0, '')]),
  ...Array(5).fill(['MissingAmount', (cells) => cells.with(2, '').with(3, '')]),
  ...['$1O.50', 'N/A', '$7S.15', 'see memo', '$4l.20', 'void'].map((text) => [
    'InvalidAmount',
    (cells) => cells.with(2, text).with(3, ''),
  ]),
  ...[
    ['$12.00', '$12.00'],
    ['$5.25', '$80.00'],
    ['$1,020.00', '$3.10'],
    ['$0.99', '$0.98'],
  ].map(([debit, credit]) => ['BothSides', (cells) => cells.with(2, debit).with(3, credit)]),
  ...['$12.345', '$1,234.567', '$0.1251', '$88.001', '$19.9999'].map((text) => [
    'TooManyDecimals',
    (cells) => cells.with(2, '').with(3, text),
  ]),
  ...Array(3).fill(['ColumnCount', (cells) => cells.slice(0, 5)]),
  ...Array(2).fill(['ColumnCount', (cells) => cells.toSpliced(2, 0, 'SUITE 200')]),
  // 2^63 minor units is the first amount that a signed 64-bit integer cannot hold.
  ['AmountOutOfRange', (cells) => cells.with(2, '').with(3, '$92,233,720,368,547,758.08')],
  ['AmountOutOfRange', (cells) => cells.with(2, '$1,000,000,000,000,000,000,000.00').with(3, '')],
];

/** A small shop's account at a US bank: UTF-8 with BOM, debit and credit columns, 37 bad rows. */
export function firstNational() {
  const random = createRandom(20250103);
  const towns = ['PORTLAND OR', 'SALEM OR', 'BOISE ID', 'EUGENE OR'];
  const shops = [
    'HARBOR COFFEE',
    'PINE STREET HARDWARE',
    'RIVERSIDE PRINT',
    'CASCADE PACKAGING',
    'OAK & IRON SUPPLY',
    'MAPLE DELI',
  ];
  const movements = [
    [40, () => [`CARD SETTLEMENT BATCH ${random.int(100000, 999999)}`, random.int(1500, 42000)]],
    [
      28,
      () => [
        `POS PURCHASE ${random.pick(shops)} #${pad(random.int(1, 480), 4)} ${random.pick(towns)}`,
        -random.int(320, 26000),
      ],
    ],
    [9, () => [`ACH CREDIT WEBSHOP PAYOUT ${random.int(10000, 99999)}`, random.int(9000, 240000)]],
    [8, () => [`ACH DEBIT, PARCEL SERVICE, LABELS ${random.int(1000, 9999)}`, -random.int(900, 41000)]],
    [
      6,
      () => [
        `CHECK ${random.int(1001, 1999)}\nMEMO: ${random.pick(['RENT', 'REPAIR', 'SIGN PAINTER', 'WINDOW "A"'])}`,
        -random.int(4000, 165000),
      ],
    ],
    [5, () => [`PAYROLL ${random.pick(['M. ORTEGA', 'J. LINDQVIST', 'T. NGUYEN'])}`, -random.int(60000, 145000)]],
    [2, () => ['REFUND TO CUSTOMER', -random.int(500, 9000)]],
    [2, () => ['INTEREST AND REBATES', random.int(5, 2400)]],
  ];
  const weights = movements.flatMap(([weight, make]) => Array(weight).fill(make));
  const good = [];
  let balance = 2_500_000;
  for (const date of DATES_2025) {
    for (let n = random.int(12, 17); n > 0; n -= 1) {
      let [description, minor] = random.pick(weights)();
      if (balance + minor < 100_000) [description, minor] = ['TRANSFER FROM RESERVE', 1_500_000];
      balance += minor;
      good.push({ date, description, minor, balance });
    }
  }
  // Faults in a shuffled order, one per stretch of the file; also at a batch's last and first record and at the end.
  const faults = [...FAULTS];
  for (let i = faults.length - 1; i > 0; i -= 1) {
    const other = random.int(0, i);
    [faults[i], faults[other]] = [faults[other], faults[i]];
  }
  const total = good.length + faults.length;
  const stretch = Math.floor((total - 200) / (faults.length - 3));
  const places = [
    99,
    100,
    ...Array.from({ length: faults.length - 3 }, (_, index) => 150 + index * stretch + random.int(0, stretch - 1)),
    total - 1,
  ];
  const records = [];
  const source = good.values();
  let last = good[0];
  for (let ordinal = 0; ordinal < total; ordinal += 1) {
    const fault = faults[places.indexOf(ordinal)];
    const row = fault
      ? {
          ...last,
          description: `POS PURCHASE ${random.pick(shops)} ${random.pick(towns)}`,
          minor: -random.int(500, 9000),
        }
      : source.next().value;
    last = row;
    const amount = `$${grouped(Math.abs(row.minor), ',', '.')}`;
    const cells = [
      `${row.date.slice(5, 7)}/${row.date.slice(8)}/${row.date.slice(0, 4)}`,
      row.description,
      row.minor < 0 ? amount : '',
      row.minor < 0 ? '' : amount,
      `$${grouped(row.balance, ',', '.')}`,
      `FN2025${pad(ordinal + 1, 6)}`,
    ];
    records.push(fault ? { cells: fault[1](cells), code: fault[0] } : { cells, minor: BigInt(row.minor) });
  }
  const text = `${['Date,Description,Debit,Credit,Balance,Reference', ...records.map(({ cells }) => csvLine(cells, ','))].join('\n')}\n`;
  const read = readRecords(text, ',').slice(1);
  assertSame(
    'first national cells',
    read.map(({ cells }) => cells),
    records.map(({ cells }) => cells),
  );
  assertSame('first national faults', records.filter(({ code }) => code).length, FAULTS.length);
  const expected = summarise(
    records.map(({ minor, code }, index) => ({ line: read[index].line, minor, code })),
    'USD',
    DATES_2025,
  );
  emit('bank/first-national-2025.csv', `\uFEFF${text}`);
  emitJson('bank/first-national-2025.expected.json', expected);
  return expected;
}
