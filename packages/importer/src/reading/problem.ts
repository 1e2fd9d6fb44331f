/** Why a whole file is refused while it is read. */
export type FileProblemCode =
  | 'UnsupportedFormat'
  | 'UnsupportedEncoding'
  | 'DecodeError'
  | 'FileTooLarge'
  | 'EmptyFile'
  | 'UnsafeXml'
  | 'MalformedFile';

/** A refusal as a value: a code of the closed list and a sentence a person can act on. */
export interface FileProblem {
  readonly code: FileProblemCode;
  readonly message: string;
}

/** Thrown in the middle of a stream, where no value can be returned any more. Carries a {@link FileProblem}. */
export class FileProblemError extends Error {
  readonly code: FileProblemCode;

  constructor(readonly problem: FileProblem) {
    super(problem.message);
    this.name = 'FileProblemError';
    this.code = problem.code;
  }
}
