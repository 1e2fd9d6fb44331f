import { SaxesParser } from 'saxes';
import {
  accountCounter,
  balanceBook,
  balanceMinor,
  type BankColumn,
  type BankWarning,
  convertedFile,
  decodeText,
  fileProblem,
  lineCounter,
  malformed,
  readWhole,
  recordMaker,
  shown,
  tooManyRows,
} from './bank-parts';
import {
  balanceOf,
  type CamtBalance,
  entryDate,
  entryRows,
  first,
  isReversal,
  openingAndClosing,
  statusOf,
  type XmlFields,
} from './camt053-parts';
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

/** Message element to the element of one account in it: camt.053, camt.052 and camt.054. */
const MESSAGES: Readonly<Record<string, string>> = {
  BkToCstmrStmt: 'Stmt',
  BkToCstmrAcctRpt: 'Rpt',
  BkToCstmrDbtCdtNtfctn: 'Ntfctn',
};
/** ISO 20022 nests about 15 deep. */
const MAX_DEPTH = 64;
const MAX_NAME = 128;
const MAX_ATTRIBUTES = 64;
/** Different paths that are kept once and not for each entry. */
const MAX_PATHS = 2000;
/** A statement has about ten balances, of which four matter. */
const MAX_BALANCES = 1000;
/** Characters given to the parser at once: its records are handed on before the next ones are read. */
const PIECE = 64 * 1024;

/**
 * CAMT.053 of every version, by local names; CAMT.052 and .054 are read without balances (data-import 9). Only booked
 * entries: PDNG and FUTR are counted as pending, INFO is passed over. See {@link entryRows} for the rows of an entry.
 * Rejects with `FileTooLarge`, `EmptyFile`, `DecodeError`, `UnsafeXml` (any DOCTYPE), `MalformedFile`.
 */
export async function convertCamt053(input: ConvertInput): Promise<ConvertedFile> {
  const bytes = await readWhole(input);
  const declared = declaredXmlEncoding(bytes);
  const { text, warnings } = await decodeText(bytes, { profile: input.encoding, declared });
  checkMarkup(text, input.limits.maxRecordBytes);
  const reader = readCamt(text, input);
  return convertedFile({
    columns: COLUMNS,
    records: reader.records(),
    profile: { dateFormat: 'YYYY-MM-DD', decimal: '.' },
    balances: reader.balances,
    pendingSkipped: reader.pendingSkipped,
    warnings: () => [...warnings, ...reader.warnings()],
  });
}

/**
 * Looks through comments, CDATA sections, instructions and declarations before a parser sees any of them. A DOCTYPE,
 * whose entities are what makes XML dangerous, is `UnsafeXml`; one that has no end, or is longer than a record may be and
 * would fill the parser's memory, is `MalformedFile`.
 */
function checkMarkup(text: string, maxLength: number): void {
  const lineAt = lineCounter(text);
  let bang = text.indexOf('<!');
  let question = text.indexOf('<?');
  while (bang >= 0 || question >= 0) {
    const at = bang >= 0 && (question < 0 || bang < question) ? bang : question;
    const [start, end] = MARKUP.find(([opening]) => text.startsWith(opening, at)) ?? ['<!', '>'];
    if (start === '<!' && /^<!(?:DOCTYPE|ENTITY)/i.test(text.slice(at, at + 9))) {
      const why = 'The file has a DOCTYPE, which no bank writes; remove it if the file is to be trusted.';
      throw fileProblem('UnsafeXml', why);
    }
    const ends = text.indexOf(end, at + start.length);
    if (ends < 0 || ends - at > maxLength) {
      throw malformed('well-formed XML', lineAt(at), `has a "${start}" without an end, or with one too far away`);
    }
    const behind = ends + end.length;
    if (bang >= 0 && bang < behind) bang = text.indexOf('<!', behind);
    if (question >= 0 && question < behind) question = text.indexOf('<?', behind);
  }
}

const MARKUP = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const;

function declaredXmlEncoding(bytes: Buffer): string | undefined {
  // UTF-16 without a byte order mark shows in the zero bytes of `<?`.
  if (bytes[0] === 0x3c && bytes[1] === 0) return 'utf-16le';
  if (bytes[0] === 0 && bytes[1] === 0x3c) return 'utf-16be';
  return /^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z][\w.:-]{0,39})["']/.exec(
    bytes.toString('latin1', 0, 1024),
  )?.[1];
}

/** A part of the file whose texts are collected: an entry, one of its details, or a balance. */
interface Scope extends XmlFields {
  readonly kind: 'Ntry' | 'TxDtls' | 'Bal';
  readonly depth: number;
  readonly start: number;
}

interface Statement {
  readonly depth: number;
  readonly balances: CamtBalance[];
  /** Currencies of its rows. */
  readonly currencies: Set<string>;
}

function readCamt(text: string, { limits }: ConvertInput) {
  const { record } = recordMaker(COLUMNS, limits);
  const accounts = accountCounter();
  const book = balanceBook();
  const ready: ConvertedRecord[] = [];
  const names: string[] = [];
  const statuses = new Set<string>();
  let message = '';
  let statement: Statement | undefined;
  let entry: Scope | undefined;
  let details: Scope[] = [];
  let scope: Scope | undefined;
  let path: string[] = [];
  const paths = new Map<string, string>();
  let attributes = 0;
  let texts = '';
  let pending = 0;
  let valueDates = 0;
  let notBooked = 0;

  // Not more handlers than these: with a seventh the parser's object becomes a slow one and takes three times as long.
  const parser = new SaxesParser({ position: true });
  // Thrown from inside the parser: nothing of the file after it is of use.
  parser.on('error', (error) => {
    throw malformed('well-formed XML', parser.line, `cannot be read (${error.message.replace(/^\d+:\d+: /, '')})`);
  });
  parser.on('attribute', () => {
    attributes += 1;
    if (attributes > MAX_ATTRIBUTES) throw malformed('CAMT', parser.line, 'has more attributes than any element of it');
  });
  parser.on('opentag', (tag) => {
    const name = tag.name.slice(tag.name.indexOf(':') + 1);
    const parent = names.at(-1) ?? '';
    names.push(name);
    texts = '';
    attributes = 0;
    if (names.length > MAX_DEPTH || name.length > MAX_NAME) {
      throw malformed(
        'CAMT',
        parser.line,
        `has elements nested deeper than ${MAX_DEPTH} or longer names than ISO 20022`,
      );
    }
    const opened = scopeOf(name, parent);
    if (opened) {
      if (opened === 'TxDtls') details.push(part());
      else if (opened === 'Ntry') entry = begin(opened);
      scope = opened === 'TxDtls' ? details.at(-1) : opened === 'Ntry' ? entry : begin(opened);
      path = [];
    } else if (scope) {
      path.push(name);
      const currency = name === 'Amt' ? tag.attributes['Ccy'] : undefined;
      if (typeof currency === 'string') put(`${path.join('/')}@Ccy`, currency);
    } else if (MESSAGES[name] !== undefined) message = name;
    else if (message !== '' && name === MESSAGES[message] && parent === message) {
      statement = { depth: names.length, balances: [], currencies: new Set() };
    }
  });
  parser.on('text', take);
  parser.on('cdata', take);
  parser.on('closetag', () => {
    const value = texts.trim();
    texts = '';
    if (scope && names.length === scope.depth) endScope(scope);
    else if (scope) {
      if (value !== '') put(path.join('/'), value);
      path.pop();
    } else if (statement && names.length === statement.depth) endStatement(statement);
    else if (value !== '' && statement && /^(?:IBAN|Id)$/.test(names.at(-1) ?? '')) seeAccount(value);
    names.pop();
  });

  function take(part: string): void {
    // Texts outside of a scope are account numbers at most; those of a record above the limit are not kept.
    if (texts.length <= limits.maxRecordBytes) texts += part;
  }

  function scopeOf(name: string, parent: string): Scope['kind'] | undefined {
    if (!statement) return undefined;
    if (!scope && names.length === statement.depth + 1 && (name === 'Ntry' || name === 'Bal')) return name;
    return scope?.kind === 'Ntry' && name === 'TxDtls' && parent === 'NtryDtls' ? name : undefined;
  }

  function begin(kind: Scope['kind']): Scope {
    return { kind, depth: names.length, start: parser.position, line: parser.line, size: 0, values: [] };
  }

  function put(key: string, value: string): void {
    if (!scope || parser.position - scope.start - inside(scope) > limits.maxRecordBytes) return;
    const known = paths.get(key);
    if (known === undefined && paths.size < MAX_PATHS) paths.set(key, key);
    scope.values.push(known ?? key, value);
  }

  function part(): Scope {
    // Not only when its rows are made: they wait for the end of the entry.
    if (details.length >= limits.maxRows) throw tooManyRows(limits);
    return begin('TxDtls');
  }

  /** Characters of an entry that belong to its details. */
  function inside(of: Scope): number {
    return of.kind === 'Ntry' ? of.size : 0;
  }

  function endScope(done: Scope): void {
    const length = parser.position - done.start;
    if (done.kind === 'TxDtls') {
      done.size = length;
      // Kept in the entry's size until its end, where it is taken off.
      if (entry) entry.size += length;
      scope = entry;
      path = ['NtryDtls'];
      return;
    }
    scope = undefined;
    if (done.kind === 'Bal') {
      if (statement && statement.balances.length < MAX_BALANCES) statement.balances.push(balanceOf(done));
    } else {
      done.size = length - done.size;
      endEntry(done);
      entry = undefined;
      details = [];
    }
  }

  function endEntry(own: Scope): void {
    const status = statusOf(own);
    if (status === 'PDNG' || status === 'FUTR') pending += 1;
    else if (status !== 'BOOK') {
      if (status === 'INFO') return;
      notBooked += 1;
      if (statuses.size < 5) statuses.add(shown(status, 20));
    } else {
      if (entryDate(own).isValueDate) valueDates += 1;
      statement?.currencies.add(first(own, 'Amt@Ccy'));
      for (const { line, cells, size } of entryRows({ own, details })) {
        ready.push(record({ line, cells, size, isReversal: isReversal(own) }));
      }
    }
  }

  function endStatement({ balances, currencies }: Statement): void {
    statement = undefined;
    if (message !== 'BkToCstmrStmt') return;
    const pair = openingAndClosing(balances);
    const currency = pair?.opening.currency ?? '';
    const minor = (balance: CamtBalance | undefined) =>
      balance && balanceMinor({ amount: balance.amount, negative: balance.negative, currency, decimal: '.' });
    const openingMinor = minor(pair?.opening);
    const closingMinor = minor(pair?.closing);
    if (openingMinor === undefined || closingMinor === undefined) {
      for (const unproved of currencies) book.withoutProof(unproved);
      return;
    }
    book.add({ currency, openingMinor, closingMinor });
  }

  function seeAccount(value: string): void {
    const depth = statement?.depth ?? 0;
    const parents = names.slice(depth, -1).join('/');
    if (parents === 'Acct/Id' || parents === 'Acct/Id/Othr') accounts.see(value);
  }

  function* records(): Generator<ConvertedRecord> {
    for (let at = 0; at < text.length; at += PIECE) {
      parser.write(text.slice(at, at + PIECE));
      yield* ready;
      ready.length = 0;
    }
    parser.close();
    yield* ready;
    if (message === '') {
      throw fileProblem('MalformedFile', 'The XML file is not CAMT: it has no BkToCstmrStmt; export it as camt.053.');
    }
  }

  return {
    records,
    balances: book.proved,
    pendingSkipped: () => pending,
    warnings: (): BankWarning[] => [
      ...accounts.warnings(),
      ...(valueDates === 0
        ? []
        : [
            {
              code: 'ValueDateUsed',
              message: `${valueDates} entries have no date of booking; their value date was taken.`,
            },
          ]),
      ...(notBooked === 0
        ? []
        : [
            {
              code: 'UnknownStatus',
              message: `${notBooked} entries were skipped, their status being neither BOOK, PDNG nor INFO: ${[...statuses].join(', ')}.`,
            },
          ]),
    ],
  };
}
