import type { DataImportResult } from '../contract';
import { cutText } from '../reading';

/** Largest result as JSON, with room below the 128 KiB that a payload may have. */
export const MAX_RESULT_BYTES = 120 * 1024;

const MAX_TITLE = 60;
const MAX_CELL = 200;
const MAX_MESSAGE = 1000;

/**
 * A result that fits into a payload whatever the file holds: titles are cut to 60 characters, cells to 200, and of what
 * is listed only as much is kept as fits, refused rows before the preview. The counts are never touched, and the report
 * of refused rows has them all. How the file was read is bounded where it is made.
 */
export function boundResult(result: DataImportResult, maxBytes = MAX_RESULT_BYTES): DataImportResult {
  const { preview, ...rest } = result;
  const base: DataImportResult = {
    ...rest,
    warnings: rest.warnings.map((warning) => ({ ...warning, message: cutText(warning.message, MAX_MESSAGE) })),
    rowErrors: [],
    ...(preview ? { preview: [] } : {}),
  };
  let left = maxBytes - sizeOf(base);
  const takeWhileFits = <T>(items: readonly T[], budget: number): T[] => {
    const kept: T[] = [];
    let room = Math.min(left, budget);
    for (const item of items) {
      // One more byte for the comma.
      const bytes = sizeOf(item) + 1;
      if (bytes > room) break;
      room -= bytes;
      left -= bytes;
      kept.push(item);
    }
    return kept;
  };
  const rowErrors = takeWhileFits(
    rest.rowErrors.map((error) => ({
      ...error,
      column: cutText(error.column, MAX_TITLE),
      value: cutText(error.value, MAX_CELL),
      message: cutText(error.message, MAX_MESSAGE),
    })),
    // A preview gets half of the room at least.
    preview ? Math.floor(left / 2) : left,
  );
  const rows = takeWhileFits((preview ?? []).map(cutCells), left);
  return { ...base, rowErrors, ...(preview ? { preview: rows } : {}) };
}

function cutCells(row: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(row).map(([title, cell]) => [cutText(title, MAX_TITLE), cutText(cell, MAX_CELL)]),
  );
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
