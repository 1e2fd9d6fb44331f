import { type Converter, type ConvertLimits, FileProblemError } from '../../src/formats/types';
import { bufferSource } from '../../src/reading';
import { LIMITS } from './read-converted';

export interface ReadOptions {
  readonly limits?: Partial<ConvertLimits>;
  readonly encoding?: string;
  /** The bytes come in pieces of so many, as a stream would have them. */
  readonly pieceBytes?: number;
}

/** Reads a whole file by its converter: columns, and the cells and the line of each record. */
export async function readTable(
  convert: Converter,
  file: Buffer | string,
  { limits, encoding, pieceBytes }: ReadOptions = {},
) {
  const converted = await convert({
    source: bufferSource(Buffer.from(file as string), pieceBytes),
    filename: 'a',
    limits: { ...LIMITS, ...limits },
    ...(encoding === undefined ? {} : { encoding }),
  });
  const rows: (readonly string[])[] = [];
  const lines: number[] = [];
  for await (const { line, cells } of converted.records) {
    rows.push(cells);
    lines.push(line);
  }
  return { columns: converted.columns, rows, lines, warnings: converted.warnings() };
}

/** Why a file is refused; of one that is not, the code `none`. Anything but a FileProblemError is thrown on. */
export async function problemOf(reading: Promise<unknown>): Promise<{ code: string; message: string }> {
  return reading.then(
    () => ({ code: 'none', message: '' }),
    (error: unknown) => {
      if (error instanceof FileProblemError) return error.problem;
      throw error;
    },
  );
}
