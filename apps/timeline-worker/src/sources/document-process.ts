import { buffer } from 'node:stream/consumers';
import {
  DAMAGED,
  EXHAUSTING,
  type SourceDocument,
  TextTooLarge,
  UnsupportedDocument,
  documentText,
  formOf,
} from './document-text';
import { loadPdfReader } from './pdf-text';
import { REFUSED } from './read-document';

// The process that reads one document: bytes on standard input, its media type as JSON in the first argument. It writes the
// text and ends with 0, or a refusal as JSON and ends with REFUSED; any other end is for the caller to judge.

async function main(): Promise<void> {
  const mediaType = JSON.parse(process.argv[2] ?? 'null') as string | null;
  const document: SourceDocument = { bytes: await buffer(process.stdin), mediaType: mediaType ?? undefined };
  const pdfText = formOf(document) === 'pdf' ? await loadPdfReader() : undefined;
  // From here on everything that goes wrong is the document's doing.
  process.on('uncaughtException', refuse);
  try {
    answer(0, pdfText ? await pdfText(new Uint8Array(document.bytes)) : documentText(document));
  } catch (error) {
    refuse(error);
  }
}

function refuse(error: unknown): void {
  const { name, message } = refusalOf(error);
  answer(REFUSED, JSON.stringify({ name, message }));
}

function refusalOf(error: unknown): Error {
  if (error instanceof TextTooLarge || error instanceof UnsupportedDocument) return error;
  // A buffer that cannot be had, a stack that is full.
  if (error instanceof RangeError) return new UnsupportedDocument(EXHAUSTING);
  return new UnsupportedDocument(DAMAGED);
}

function answer(code: number, output: string): void {
  process.stdout.end(output, () => process.exit(code));
}

void main();
