import type { ImportProfile } from '../../src/reading';

/** A good file of a dialect. */
export interface BaseFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly profile?: ImportProfile;
  readonly accountCurrency?: string;
  /** Rows that it has when nothing was changed in it; all of them are good. */
  readonly rows: number;
}

/** The text in an encoding of one byte for each character, by the bytes that differ from Latin-1. */
function singleByte(text: string, high: Readonly<Record<string, number>>): Buffer {
  return Buffer.from(Array.from(text, (character) => high[character] ?? character.charCodeAt(0)));
}

const CP1252 = { '€': 0x80, '’': 0x92, '–': 0x96, Š: 0x8a };
const CP1250 = { ő: 0xf5, ű: 0xfb, Ő: 0xd5, á: 0xe1, é: 0xe9, ó: 0xf3, ö: 0xf6, Ö: 0xd6, ú: 0xfa, í: 0xed };

const utf16le = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
const utf16be = (text: string) => utf16le(text).swap16();

const pad = (value: number) => String(value).padStart(2, '0');
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** Files of fourteen dialects, good as they stand. */
export const BASE_FILES: readonly BaseFile[] = [
  {
    name: 'an English bank: commas, quotes, LF',
    bytes: Buffer.from(
      [
        'Date,Description,Amount,Balance',
        '2026-01-02,"Rent, January",-1200.00,2300.00',
        '2026-01-03,"The ""Corner"" Shop",-12.34,2287.66',
        '2026-01-05,Salary,"3,000.00","5,287.66"',
        '2026-01-31,Café Zürich 😀,-4.50,"5,283.16"',
        '2026-02-01,,0.00,"5,283.16"',
      ].join('\n'),
    ),
    rows: 5,
  },
  {
    name: 'a German bank: windows-1252, semicolons, a preamble, CRLF',
    bytes: singleByte(
      [
        'Kontoauszug;Sparkasse Schönfeld',
        'Zeitraum;Januar 2026',
        '',
        'Buchungstag;Auftraggeber/Empfänger;Verwendungszweck;Betrag;Währung',
        '02.01.2026;Müller & Söhne;Übertrag 5 €;-1.636,06;EUR',
        '13.01.2026;Bäckerei Groß;"Brot; Brötchen";-7,20;EUR',
        '15.01.2026;Finanzamt;Erstattung – Bescheid;1.234.567,89;EUR',
        '31.01.26;Jörg;"zwei',
        'Zeilen";10,00;EUR',
        '',
      ].join('\r\n'),
      CP1252,
    ),
    rows: 4,
  },
  {
    name: 'a French bank: windows-1252, spaces that do not break, debit and credit',
    bytes: singleByte(
      [
        'Date opération;Libellé;Débit;Crédit',
        '31/12/2025;Prélèvement d’électricité;1\u00a0234,50;',
        '02/01/2026;Virement reçu;;12\u00a0345\u00a0678,90',
        '03/01/2026;Café;2,50;',
      ].join('\n'),
      CP1252,
    ),
    rows: 3,
  },
  {
    name: 'UTF-16, little-endian, tabs',
    bytes: utf16le(
      'Datum\tOmschrijving\tBedrag\n14-02-2026\tBoodschappen “AH” 🛒\t-23,45\n15-02-2026\t\u0939\u093f\u0928\u094d\u0926\u0940\t1.000,00\n',
    ),
    rows: 2,
  },
  {
    name: 'UTF-16, big-endian, commas and CRLF',
    bytes: utf16be(
      'Fecha,Concepto,Importe\r\n"28/02/2026","Peluquería, ñ","-15,00"\r\n"01/03/2026","Nómina 𝔘","1.850,25"\r\n',
    ),
    rows: 2,
  },
  {
    name: 'a Hungarian bank: windows-1250 as the profile says',
    bytes: singleByte(
      'Könyvelés dátuma;Közlemény;Összeg\n2026.01.15.;Főváros űrlap;-12 500,00\n2026.01.16.;Őszi vásár;3 000,50\n',
      CP1250,
    ),
    profile: { encoding: 'windows-1250', currency: 'HUF' },
    rows: 2,
  },
  {
    name: 'an old Mac: CR only, pipes, brackets for money out',
    bytes: Buffer.from(
      'Posting Date|Details|Amount|Currency\r01/31/2026|Hotel|(250.00)|USD\r02/01/2026|Refund|$99.95|USD\r12/31/25|Card|1,000.00-|USD',
    ),
    accountCurrency: 'USD',
    rows: 3,
  },
  {
    name: 'a line that names the separator, with a byte order mark',
    bytes: Buffer.from(
      '\ufeffsep=;\r\nDatum;Text;Betrag\r\n1.2.2026;eins;1,5\r\n13.2.2026;zwei;−2\r\n\r\n   \r\n14.2.2026;drei;+3,00 €\r\n',
    ),
    rows: 3,
  },
  {
    name: 'cells over several lines, marks inside of them, blank lines between',
    bytes: Buffer.from(
      [
        '"Date","Description","Amount"',
        '"2026-03-01","one\ntwo\n\nfour","-1.00"',
        '',
        '"2026-03-02","say ""no""","2.00"  ',
        '\t',
        '"2026-03-03","comma, semicolon; tab\t pipe|","-3.00"',
        '2026-03-04,plain,4.25',
      ].join('\n'),
    ),
    rows: 4,
  },
  {
    name: 'an Indian bank: Gujarati header and digits, lakhs, DR and CR',
    bytes: Buffer.from(
      'તારીખ,વિગત,રકમ\n૧૩/૦૧/૨૦૨૬,દાન,"૧,૨૩,૪૫૬.૭૮ CR"\n14/01/2026,સેવા,500.00 DR\n15/01/2026,ભેટ,"₹ 12,34,56,789.00 Cr."\n',
    ),
    accountCurrency: 'INR',
    rows: 3,
  },
  {
    name: 'no header, columns by index, a foot that is skipped',
    bytes: Buffer.from('x;20260105;a;1050\nx;20260106;b;-2000\nx;20260107;c;0\nTotal;;;-950\nEnd of statement;;;\n'),
    profile: { headerLine: 0, columns: { date: 1, description: 2, amount: 3 }, skipBottom: 2, currency: 'JPY' },
    rows: 3,
  },
  {
    name: 'lines above the header that are skipped, months as words',
    bytes: Buffer.from(
      'Account,123\nDate,Amount\nDate,Narration,Withdrawal,Deposit,Ref\n05-Jan-26,ATM,"2,000.00",,1\n6 February 2026,Interest,,12.50,2\nMar 7 2026,Cheque,"1,500.75",0.00,3\n',
    ),
    profile: { skipTop: 2 },
    accountCurrency: 'INR',
    rows: 3,
  },
  {
    name: 'dinars with three decimals and dates with times',
    bytes: Buffer.from(
      'Timestamp\tMemo\tAmount\n2026-01-01T10:00:00Z\tone\t1234.567\n2026-01-02 23:59\ttwo\t-0.005\n2026/1/3 7:05:09\tthree\t9223372036854775.807\n',
    ),
    accountCurrency: 'KWD',
    rows: 3,
  },
  {
    name: 'three batches of short rows',
    bytes: Buffer.from(
      `Date,Amount,Text,ID\n${times(230, (i) => `${pad(1 + (i % 28))}.${pad(1 + (i % 12))}.2026,${i % 3 === 0 ? '-' : ''}${i}.${pad(i % 100)},t${i % 7},${i}`).join('\n')}\n`,
    ),
    rows: 230,
  },
];
