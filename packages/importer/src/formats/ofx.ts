import {
  accountCounter,
  type BankColumn,
  type BankWarning,
  convertedFile,
  decodeText,
  fileProblem,
  joined,
  lineCounter,
  onlyOne,
  readWhole,
  recordMaker,
} from './bank-parts';
import { declaredOfxEncoding, ofxDate, ofxDecimal, type OfxTag, ofxTags, ofxText } from './ofx-parts';
import type { ConvertedFile, ConvertedRecord, ConvertInput } from './types';

const COLUMNS = [
  'date',
  'amount',
  'description',
  'payee',
  'currency',
  'externalId',
  'notes',
] as const satisfies readonly BankColumn[];

/** Elements of a transaction of which there is one; another one with another value makes the record a row error. */
const SINGLE = new Set(['TRNAMT', 'DTPOSTED', 'FITID']);
const LEAVES = new Set([
  ...SINGLE,
  'NAME',
  'EXTDNAME',
  'MEMO',
  'CHECKNUM',
  'REFNUM',
  'CORRECTFITID',
  'CORRECTACTION',
  'CURSYM',
  'CURRATE',
]);
/** Starts and ends of statements and of their parts: none of them stands inside a transaction. */
const STATEMENTS = new Set(['STMTRS', 'CCSTMTRS', 'INVSTMTRS']);
const OUTSIDE_TRANSACTION = new Set([
  ...STATEMENTS,
  ...[...STATEMENTS].map((name) => `/${name}`),
  'BANKTRANLIST',
  '/BANKTRANLIST',
  'BANKTRANLISTP',
  '/BANKTRANLISTP',
  'LEDGERBAL',
  'AVAILBAL',
  '/OFX',
]);

interface OpenTransaction {
  readonly at: number;
  readonly line: number;
  readonly pending: boolean;
  readonly values: Map<string, string>;
  /** CURRENCY or ORIGCURRENCY while inside of one. */
  money: '' | 'CURRENCY' | 'ORIGCURRENCY';
}

/**
 * OFX 1.x (SGML) and 2.x (XML), QFX (data-import 9). Signs come from TRNAMT and never from TRNTYPE, dates are those
 * written in DTPOSTED, amounts are the text of the file. CURRENCY names the currency of an amount, before CURDEF of the
 * statement; ORIGCURRENCY, from which an amount was converted, goes to the notes. Pending transactions (OFX 2.2) are
 * counted, investment transactions skipped with a warning. LEDGERBAL is a closing balance alone and proves nothing.
 * Rejects with `FileTooLarge`, `EmptyFile`, `DecodeError`, `UnsafeXml`, `MalformedFile`.
 */
export async function convertOfx(input: ConvertInput): Promise<ConvertedFile> {
  const bytes = await readWhole(input);
  const declared = declaredOfxEncoding(bytes.toString('latin1', 0, 4096));
  const { text, warnings } = await decodeText(bytes, { profile: input.encoding, declared });
  if (!/<(?:\w{1,20}:)?OFX[\s>]/i.test(text)) {
    throw fileProblem('MalformedFile', 'The file is not OFX: it has no <OFX> element; export it again as OFX or CSV.');
  }
  const decimal = ofxDecimal(amountsOf(text));
  const reader = readTransactions(text, input);
  return convertedFile({
    columns: COLUMNS,
    records: reader.records(),
    profile: { dateFormat: 'YYYY-MM-DD', ...(decimal ? { decimal } : {}) },
    pendingSkipped: reader.pendingSkipped,
    warnings: () => [...warnings, ...reader.warnings()],
  });
}

function* amountsOf(text: string): Generator<string> {
  for (const match of text.matchAll(/<(?:\w{1,20}:)?TRNAMT>([^<]{0,60})/gi)) yield (match[1] ?? '').trim();
}

function readTransactions(text: string, { limits }: ConvertInput) {
  const { record } = recordMaker(COLUMNS, limits);
  const lineAt = lineCounter(text);
  const accounts = accountCounter();
  let pending = 0;
  let investments = 0;
  let ended = false;

  function* records(): Generator<ConvertedRecord> {
    let currency = '';
    let inInvestments = false;
    let open: OpenTransaction | undefined;

    function* close(end: number, cutOff: boolean): Generator<ConvertedRecord> {
      const done = open;
      open = undefined;
      if (!done) return;
      if (done.pending) pending += 1;
      else if (inInvestments) investments += 1;
      else {
        const cells = cellsOf(done.values, currency);
        yield record({ line: done.line, cells, size: end - done.at, cutOff });
      }
    }

    for (const tag of ofxTags(text)) {
      const { name } = tag;
      if (name === 'STMTTRN' || name === 'STMTTRNP') {
        yield* close(tag.at, false);
        open = { at: tag.at, line: lineAt(tag.at), pending: name === 'STMTTRNP', values: new Map(), money: '' };
      } else if (name === '/STMTTRN' || name === '/STMTTRNP' || OUTSIDE_TRANSACTION.has(name)) {
        yield* close(tag.at, false);
        if (name === '/OFX') ended = true;
        if (STATEMENTS.has(name)) {
          inInvestments = name === 'INVSTMTRS';
          currency = '';
        }
      } else if (open) takeLeaf(open, tag, text, limits.maxRecordBytes);
      else if (name === 'CURDEF') currency = valueOf(tag, text).toUpperCase();
      else if (name === 'ACCTID') accounts.see(valueOf(tag, text));
    }
    yield* close(text.length, true);
  }

  return {
    records,
    pendingSkipped: () => pending,
    warnings: (): BankWarning[] => [
      ...accounts.warnings(),
      ...(ended ? [] : [{ code: 'FileCutOff', message: 'The file ends before </OFX>; it may be incomplete.' }]),
      ...(investments === 0
        ? []
        : [
            {
              code: 'InvestmentsSkipped',
              message: `${investments} cash transactions of an investment account were skipped.`,
            },
          ]),
    ],
  };
}

function valueOf(tag: OfxTag, text: string): string {
  return ofxText(text.slice(tag.textStart, Math.min(tag.textEnd, tag.textStart + 200)));
}

function takeLeaf(open: OpenTransaction, tag: OfxTag, text: string, maxRecordBytes: number): void {
  const { name } = tag;
  if (name === 'CURRENCY' || name === 'ORIGCURRENCY') open.money = name;
  else if (name === '/CURRENCY' || name === '/ORIGCURRENCY') open.money = '';
  if (!LEAVES.has(name)) return;
  // A record above the limit is refused as a whole, so nothing of it is worth keeping.
  if (tag.textEnd - open.at > maxRecordBytes) return;
  const value = ofxText(text.slice(tag.textStart, tag.textEnd));
  if (value === '') return;
  const key = name === 'CURSYM' || name === 'CURRATE' ? `${open.money}.${name}` : name;
  const before = open.values.get(key);
  if (SINGLE.has(name)) open.values.set(key, onlyOne(before, value));
  else if (name === 'MEMO' && before !== undefined && before !== value) open.values.set(key, `${before} ${value}`);
  else if (before === undefined) open.values.set(key, value);
}

function cellsOf(values: Map<string, string>, statementCurrency: string) {
  const get = (name: string) => values.get(name) ?? '';
  const payee = get('EXTDNAME') || get('NAME');
  const original = get('ORIGCURRENCY.CURSYM');
  const rate = get('ORIGCURRENCY.CURRATE');
  return {
    date: ofxDate(get('DTPOSTED')),
    amount: get('TRNAMT'),
    description: get('MEMO') || payee,
    payee,
    currency: (get('CURRENCY.CURSYM') || statementCurrency).toUpperCase(),
    externalId: get('FITID'),
    notes: joined(
      [
        get('CHECKNUM') && `check ${get('CHECKNUM')}`,
        get('REFNUM') && `reference ${get('REFNUM')}`,
        original && joined([`original currency ${original}`, rate && `rate ${rate}`], ', '),
        get('CORRECTFITID') && `corrects ${get('CORRECTFITID')} (${get('CORRECTACTION').toLowerCase() || 'replace'})`,
      ],
      '; ',
    ),
  };
}
