import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { DataImportInput } from '@backend/importer/contract';
import { failureOf } from '../../../test/support/failure-of';
import { USER, createImporting } from './import-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

const SAMPLES = path.join(__dirname, '..', '..', '..', 'packages', 'importer', 'test', 'formats');
let rig: TraccRig;
const { newAccount, run } = createImporting(() => rig);
beforeAll(async () => {
  rig = await startTraccRig();
  await addUser(rig.database, USER);
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

/** Imports a file into an account of its own. */
async function importFile(name: string, file: Buffer, more: Partial<DataImportInput> = {}) {
  const importId = name.replaceAll('/', '-');
  return run(file, { importId, accountId: await newAccount(importId), filename: path.basename(name), ...more });
}

const rowsOf = async (importId: string) =>
  rig.database.query(
    `select booking_date::text as date, amount_minor as minor, currency, description, payee, import_line as line
     from transactions where import_id = $1 order by transaction_id`,
    [importId],
  );

const samples = ['ofx', 'qif', 'mt940', 'camt053'].flatMap((format) =>
  readdirSync(path.join(SAMPLES, format)).map((file) => `${format}/${file}`),
);

test.each(samples)('data-import 9, 13, 19: %s is imported whole', async (name) => {
  const file = readFileSync(path.join(SAMPLES, name));
  const profile = name.startsWith('qif') ? { profile: { dateFormat: 'MDY' } } : {};
  const result = await importFile(name, file, profile);
  expect(result.rows).toBeGreaterThan(0);
  expect(result.imported + result.duplicates + result.errors).toBe(result.rows);
  // That one is wrong on purpose: its second statement does not add up.
  expect(result.balance === 'mismatch').toBe(name === 'mt940/german-sepa.sta');
  expect(await rowsOf(result.importId)).toHaveLength(result.imported);
});

const STATEMENT = (closing: string, reversal = 'RC') => `:20:S1
:25:DE89370400440532013000
:28C:1/1
:60F:C260301EUR100,00
:61:2603020302D25,00NMSCNONREF//B2603020001
:86:Bakery
:61:2603030303${reversal}10,00NMSCNONREF//B2603030002
:86:Taken back
:62F:C260331EUR${closing}
-
`;

test('data-import 10: balances that hold prove the statement, and rows know their line of the file', async () => {
  const result = await importFile('proof.sta', Buffer.from(STATEMENT('65,00')));
  expect(result).toMatchObject({ status: 'completed', imported: 2, balance: 'ok', warnings: [] });
  expect(await rowsOf('proof.sta')).toMatchObject([
    { date: '2026-03-02', minor: '-2500', currency: 'EUR', line: 5 },
    { date: '2026-03-03', minor: '-1000', currency: 'EUR', line: 7 },
  ]);
});

test('data-import 10: reversals that only fit the other way round are read so, with a warning', async () => {
  const result = await importFile('flipped.sta', Buffer.from(STATEMENT('85,00')));
  expect(result).toMatchObject({ balance: 'ok', warnings: [{ code: 'ReversalSignInferred' }] });
  expect(await rowsOf('flipped.sta')).toMatchObject([{ minor: '-2500' }, { minor: '1000' }]);
});

test('data-import 10: a difference that nothing explains is named, and the rows are imported', async () => {
  const result = await importFile('short.sta', Buffer.from(STATEMENT('60,00')));
  expect(result).toMatchObject({
    status: 'completed',
    imported: 2,
    balance: 'mismatch',
    warnings: [{ code: 'BalanceMismatch', data: { currency: 'EUR', differenceMinor: '-500' } }],
  });
});

test('data-import 1, 15: JSON and NDJSON go the same way, with row errors on their own lines', async () => {
  const items = [
    { date: '2026-03-01', amount: -12.5, description: 'One', payee: 'A' },
    { date: '2026-02-30', amount: -1, description: 'No such day', payee: 'B' },
    { date: '2026-03-03', amount: 1234567890123.25, description: 'Three, with a comma', payee: 'C "quoted"\nnext' },
  ];
  const json = await importFile('list.json', Buffer.from(JSON.stringify(items)));
  expect(json).toMatchObject({ rows: 3, imported: 2, errors: 1, rowErrors: [{ line: 2, code: 'InvalidDate' }] });
  const lines = await importFile('list.ndjson', Buffer.from(items.map((item) => JSON.stringify(item)).join('\n')));
  expect(lines).toMatchObject({ rows: 3, imported: 2, errors: 1, rowErrors: [{ line: 2, code: 'InvalidDate' }] });
  expect(await rowsOf('list.ndjson')).toMatchObject([
    { minor: '-1250', line: 1 },
    { minor: '123456789012325', description: 'Three, with a comma', payee: 'C "quoted"\nnext', line: 3 },
  ]);
});

test('data-import 18: XML with a DOCTYPE is refused, and nothing is written', async () => {
  const xml = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt/></Document>`;
  expect(await failureOf(importFile('evil.xml', Buffer.from(xml)))).toBe('UnsafeXml');
  expect(await rowsOf('evil.xml')).toEqual([]);
});
