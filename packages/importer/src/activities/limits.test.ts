import { FILE_ENV, readEnv } from '@backend/shared/config';
import { DEFAULT_IMPORT_LIMITS, importLimits } from './deps';

const GIVEN = { DATABASE_URL: 'postgres://worker@db/tenant' };

test('data-import 18: without a setting the limits are those of the specification', () => {
  expect(importLimits(readEnv(FILE_ENV, GIVEN))).toEqual(DEFAULT_IMPORT_LIMITS);
  expect(DEFAULT_IMPORT_LIMITS).toMatchObject({
    maxFileBytes: 2 * 1024 ** 3,
    maxRows: 10_000_000,
    maxConvertedBytes: 50 * 1024 ** 2,
    maxConvertedRows: 500_000,
    maxColumns: 256,
    maxRecordBytes: 64 * 1024,
    maxUnzippedBytes: 200 * 1024 ** 2,
    maxZipRatio: 100,
    chunkBatches: 200,
  });
});

test('data-import 18: each limit can be set by the operator', () => {
  const names = {
    IMPORT_MAX_BYTES: 'maxFileBytes',
    IMPORT_MAX_ROWS: 'maxRows',
    IMPORT_MAX_CONVERTED_BYTES: 'maxConvertedBytes',
    IMPORT_MAX_CONVERTED_ROWS: 'maxConvertedRows',
    IMPORT_MAX_COLUMNS: 'maxColumns',
    IMPORT_MAX_RECORD_BYTES: 'maxRecordBytes',
    IMPORT_MAX_UNZIPPED_BYTES: 'maxUnzippedBytes',
    IMPORT_MAX_ZIP_RATIO: 'maxZipRatio',
  };
  for (const [index, [variable, limit]] of Object.entries(names).entries()) {
    const value = variable === 'IMPORT_MAX_ZIP_RATIO' ? 50 : 2000 + index;
    const env = readEnv(FILE_ENV, { ...GIVEN, [variable]: String(value) });
    expect(importLimits(env)).toEqual({ ...DEFAULT_IMPORT_LIMITS, [limit]: value });
  }
});
