import {
  accountCounter,
  type BankColumn,
  type BankWarning,
  convertedFile,
  decodeText,
  fileProblem,
  joined,
  linesOf,
  malformed,
  onlyOne,
  readWhole,
  recordMaker,
  shown,
} from './bank-parts';
import type { ConvertedFile, ConvertedRecord, ConvertInput } from './types';

const COLUMNS = [
  'date',
  'amount',
  'description',
  'payee',
  'category',
  'notes',
] as const satisfies readonly BankColumn[];

const BANK_TYPE = /^!Type:\s*(?:Bank|Cash|CCard|Oth ?[AL])\s*$/i;
/** Lists without a transaction in them. */
const LIST_TYPE = /^!Type:\s*(?:Cat|Class|Memorized|Security|Prices|Template|Tax|Budget)\s*$/i;
const INVESTMENT_TYPE = /^[ \t]*!Type:\s*(?:Invst|Port|401|Oth ?I)\b/im;

/**
 * QIF of bank, cash, credit card and other accounts (data-import 9). Dates and amounts stay as they are written, only
 * the apostrophe before a year (`1/31'26`) becomes the separator of the date, so that the whole column decides the order
 * of day and month (data-import 6). A category in brackets is the account of a transfer and goes to the notes, as do
 * splits. Investment accounts are refused (`UnsupportedFormat`).
 * Rejects with `FileTooLarge`, `EmptyFile`, `DecodeError`, `MalformedFile`.
 */
export async function convertQif(input: ConvertInput): Promise<ConvertedFile> {
  const { text, warnings } = await decodeText(await readWhole(input), { profile: input.encoding });
  if (INVESTMENT_TYPE.test(text)) {
    throw fileProblem(
      'UnsupportedFormat',
      'The QIF file holds investment transactions, which cannot be imported; export the bank accounts alone.',
    );
  }
  const reader = readQif(text, input);
  return convertedFile({
    columns: COLUMNS,
    records: reader.records(),
    warnings: () => [...warnings, ...reader.warnings()],
  });
}

/** One transaction while its lines are read. */
interface OpenRecord {
  readonly line: number;
  size: number;
  date?: string;
  amount?: string;
  /** U: the amount once more, in some programs with more digits. */
  otherAmount?: string;
  memo: string;
  payee: string;
  number: string;
  category: string;
  readonly splits: { category: string; memo: string; amount: string }[];
}

function readQif(text: string, { limits }: ConvertInput) {
  const { record } = recordMaker(COLUMNS, limits);
  const accounts = accountCounter();
  const skipped = new Set<string>();

  function* records(): Generator<ConvertedRecord> {
    let section: 'bank' | 'account' | 'list' = 'bank';
    let known = false;
    let open: OpenRecord | undefined;
    let account = '';
    const close = (cutOff: boolean): ConvertedRecord | undefined => {
      const done = open;
      open = undefined;
      if (!done) return undefined;
      accounts.see(account || 'the account of the file');
      return record({ line: done.line, cells: cellsOf(done), size: done.size, cutOff });
    };
    let lastEnded = true;
    for (const { text: raw, line, ended } of linesOf(text)) {
      lastEnded = ended;
      const code = raw.trimStart().slice(0, 1);
      if (code === '') continue;
      if (code === '!') {
        const unfinished = close(false);
        if (unfinished) yield unfinished;
        known = true;
        const header = raw.trim();
        if (/^!Account\b/i.test(header)) section = 'account';
        else if (BANK_TYPE.test(header)) section = 'bank';
        else if (LIST_TYPE.test(header)) section = 'list';
        else if (/^!Type:/i.test(header)) {
          section = 'list';
          if (skipped.size < 5) skipped.add(shown(header.slice(6), 40).trim());
        }
      } else if (section === 'account') {
        if (code === 'N') account = raw.trim().slice(1, 101);
      } else if (section === 'bank') {
        if (code === '^') {
          const done = close(false);
          if (done) yield done;
          continue;
        }
        // Without a header only a date or an amount can begin a file that is QIF at all.
        if (!known && !/^[DTU]\s*[-+(]?\s*[\d.,]|^[NPMCLA]\S/.test(raw.trim())) {
          throw malformed('QIF', line, 'has neither a header such as !Type:Bank nor a field of a transaction');
        }
        known = true;
        open ??= { line, size: 0, memo: '', payee: '', number: '', category: '', splits: [] };
        open.size += raw.length + 1;
        if (open.size <= limits.maxRecordBytes) takeField(open, code, raw.trim().slice(1).trim());
      }
    }
    // Many programs leave out the last ^; but a file that ends within a line may end within an amount.
    const last = close(!lastEnded);
    if (last) yield last;
  }

  return {
    records,
    warnings: (): BankWarning[] => [
      ...accounts.warnings(),
      ...[...skipped].map((name) => ({
        code: 'SectionSkipped',
        message: `The section !Type:${name} is no list of bank transactions and was skipped.`,
      })),
    ],
  };
}

function takeField(open: OpenRecord, code: string, value: string): void {
  const split = open.splits.at(-1);
  switch (code) {
    case 'D':
      open.date = onlyOne(open.date, qifDate(value));
      break;
    case 'T':
      open.amount = onlyOne(open.amount, value);
      break;
    case 'U':
      open.otherAmount = onlyOne(open.otherAmount, value);
      break;
    case 'M':
      open.memo = joined([open.memo, value], ' ');
      break;
    case 'P':
      open.payee = joined([open.payee, value], ' ');
      break;
    case 'N':
      open.number = value;
      break;
    case 'L':
      open.category = value;
      break;
    case 'S':
      open.splits.push({ category: value, memo: '', amount: '' });
      break;
    case 'E':
      if (split) split.memo = value;
      break;
    case '$':
    case '%':
      if (split) split.amount = value + (code === '%' && !value.endsWith('%') ? '%' : '');
      break;
  }
}

/** `1/31'26`, `1/ 5' 6` and `31.01'2026` with the year behind the date's own separator; other texts as they are. */
export function qifDate(text: string): string {
  const match = /^(\d{1,2})\s*([-./])\s*(\d{1,2})\s*['\u2019]\s*(\d{1,2}|\d{4})$/.exec(text);
  if (!match) return text;
  const [, first = '', separator = '', second = '', year = ''] = match;
  return `${first}${separator}${second}${separator}${year.padStart(2, '0')}`;
}

function cellsOf(open: OpenRecord) {
  const transfer = /^\[(.+?)\]/.exec(open.category)?.[1];
  const category = transfer !== undefined || /^\W*split\W*$/i.test(open.category) ? '' : open.category;
  return {
    date: open.date ?? '',
    amount: open.amount ?? open.otherAmount ?? '',
    description: open.memo || open.payee,
    payee: open.payee,
    category,
    notes: joined(
      [
        open.number && `number ${open.number}`,
        transfer !== undefined ? `transfer: ${transfer}` : '',
        ...open.splits.map(({ category: name, memo, amount }) =>
          joined([`split: ${name}`, memo && `(${memo})`, amount], ' '),
        ),
      ],
      '; ',
    ),
  };
}
