/** A statement as a bank gives it, made for a test. */
export interface Sample {
  readonly filename: string;
  readonly text: string;
  readonly rows: number;
  /** Rows that are refused. */
  readonly errors: number;
  /** Whether it is transcribed before it is read. */
  readonly isConverted: boolean;
}

const dayOf = (row: number): number => 1 + (row % 28);
const monthOf = (row: number): number => 1 + (Math.floor(row / 28) % 12);
const centsOf = (row: number): number => ((row * 7919) % 99_999) - 40_000 || 1;
const amountOf = (cents: number): string =>
  `${cents < 0 ? '-' : ''}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
const two = (n: number): string => String(n).padStart(2, '0');

/** Every 500th row is the same one, all through the file: only their order tells such rows apart. */
const sameRow = (row: number): number => (row % 500 === 250 ? 250 : row);

/** CSV with two currencies. Every 997th row has an amount, a date or a length that it should not have. */
export function csvSample(rows: number): Sample {
  const lines = ['Date,Amount,Currency,Description,Payee'];
  let errors = 0;
  for (let row = 0; row < rows; row += 1) {
    const n = sameRow(row);
    const date = `2025-${two(monthOf(n))}-${two(dayOf(n))}`;
    const rest = `${n % 10 === 3 ? 'USD' : 'EUR'},"purchase ${n}, card","shop ""${n % 300}"" é"`;
    if (row % 997 === 996) {
      const bad = [`${date},=1+1,${rest}`, `2025-02-30,1.00,${rest}`, `${date},1.00,EUR`];
      lines.push(bad[errors % bad.length]!);
      errors += 1;
    } else lines.push(`${date},${amountOf(centsOf(n))},${rest}`);
  }
  return { filename: 'bank.csv', text: `${lines.join('\n')}\n`, rows, errors, isConverted: false };
}

/** OFX 1 (SGML) with identifiers. Every 997th row has a date that it should not have. */
export function ofxSample(rows: number): Sample {
  const lines = ['OFXHEADER:100', 'DATA:OFXSGML', 'VERSION:102', 'ENCODING:USASCII', 'CHARSET:1252', ''];
  lines.push('<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>1</BANKACCTFROM><BANKTRANLIST>');
  let errors = 0;
  for (let row = 0; row < rows; row += 1) {
    const isBad = row % 997 === 996;
    errors += isBad ? 1 : 0;
    const date = isBad ? '20250230' : `2025${two(monthOf(row))}${two(dayOf(row))}`;
    lines.push(
      `<STMTTRN><TRNTYPE>OTHER<DTPOSTED>${date}<TRNAMT>${amountOf(centsOf(row))}`,
      `<FITID>F${row}<NAME>shop ${row % 300}<MEMO>purchase ${row}</STMTTRN>`,
    );
  }
  lines.push('</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>');
  return { filename: 'bank.ofx', text: `${lines.join('\n')}\n`, rows, errors, isConverted: true };
}

/** MT940 whose balances prove its rows. */
export function mt940Sample(rows: number): Sample {
  const lines = [':20:S1', ':25:DE89370400440532013000', ':28C:1/1', ':60F:C250101EUR1000,00'];
  let balance = 100_000;
  for (let row = 0; row < rows; row += 1) {
    const cents = centsOf(row);
    balance += cents;
    const amount = amountOf(Math.abs(cents)).replace('.', ',');
    lines.push(`:61:25${two(monthOf(row))}${two(dayOf(row))}${cents < 0 ? 'D' : 'C'}${amount}NMSCNONREF//B${row}`);
    lines.push(`:86:purchase ${row}`);
  }
  const closing = amountOf(Math.abs(balance)).replace('.', ',');
  lines.push(`:62F:${balance < 0 ? 'D' : 'C'}251231EUR${closing}`, '-');
  return { filename: 'bank.sta', text: `${lines.join('\n')}\n`, rows, errors: 0, isConverted: true };
}
