import { failureType } from '@backend/shared/failures';
import { bufferSource } from '../reading';
import type { ImportPlan } from '../repositories';
import { readBatches } from './read-batches';

const plan: ImportPlan = {
  encoding: 'utf-8',
  bomBytes: 0,
  layout: {
    delimiter: ',',
    header: ['a', 'b'],
    headerLine: 1,
    columnCount: 2,
    roles: {},
    dataStart: { byteOffset: 4, line: 2 },
  },
  skipBottom: 0,
  decisions: {},
  warnings: [],
};
const fileOf = (rows: number) => bufferSource(Buffer.from(`a,b\n${'1,2\n'.repeat(rows)}`));
const read = async (inFile: number, rows: number) => {
  const sizes: [number, number][] = [];
  const batches = readBatches({ source: fileOf(inFile), plan, rows, firstBatch: 0, start: plan.layout.dataStart });
  for await (const { records, bytes } of batches) sizes.push([records.length, bytes]);
  return sizes;
};

test('data-import 2: a file is read in batches of 100, each with its bytes', async () => {
  expect(await read(250, 250)).toEqual([
    [100, 400],
    [100, 400],
    [50, 200],
  ]);
  expect(await read(0, 0)).toEqual([]);
});

test.each([
  ['shorter', 199],
  ['shorter by whole batches', 100],
  ['longer', 251],
  ['longer by whole batches', 300],
  ['empty', 0],
])('data-import 2: a file that has become %s is ChecksumMismatch', async (_how, inFile) => {
  expect(failureType(await read(inFile, 250).catch((error: unknown) => error))).toBe('ChecksumMismatch');
});
