import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { SHARED_FAILURES, userFailure } from '../failures';

/**
 * The real path of `file:<relative path>` below the import directory. Anything that leaves the directory, by `..`, an
 * absolute path or a symbolic link, is refused with `InvalidInput`, and so is what is no file: opening a pipe waits for ever.
 */
export async function resolveImportPath(directory: string, ref: string): Promise<string> {
  const relative = ref.startsWith('file:') ? ref.slice('file:'.length) : undefined;
  const refuse = (problem: string) => userFailure(SHARED_FAILURES.InvalidInput, `The file ${ref} ${problem}.`);
  if (relative === undefined || relative === '' || path.isAbsolute(relative) || relative.includes('\0')) {
    throw refuse('is not of the form file:<path below the import directory>');
  }
  const root = await realpath(directory).catch(() => {
    throw refuse('cannot be read: the import directory does not exist');
  });
  const real = await realpath(path.join(root, relative)).catch(() => {
    throw refuse('does not exist below the import directory');
  });
  if (!real.startsWith(root + path.sep)) throw refuse('is not below the import directory');
  if (!(await stat(real)).isFile()) throw refuse('is not a file');
  return real;
}
