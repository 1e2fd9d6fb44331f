import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Finds texts where they should not be: as they are, and in base64 at each of its three offsets. */
export function canaryWatch<C extends string>(canaries: Readonly<Record<C, string>>) {
  const forms = (Object.keys(canaries) as C[]).map((name) => ({ name, needles: formsOf(canaries[name]) }));
  const foundIn = (...places: readonly (string | Uint8Array)[]): C[] => {
    const bytes = places.map((place) => Buffer.from(place));
    return forms
      .filter(({ needles }) => needles.some((needle) => bytes.some((place) => place.includes(needle))))
      .map(({ name }) => name)
      .sort();
  };
  return {
    /** The names of the canaries that are in any of the places. */
    foundIn,
    /** The same of all files of a directory. */
    foundInFiles: (directory: string): C[] =>
      foundIn(...readdirSync(directory).map((file) => readFileSync(path.join(directory, file)))),
  };
}

function formsOf(text: string): string[] {
  const encoded = [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    // Without the characters at both ends that depend on what stands beside the text.
    return bytes.toString('base64').slice(offset === 0 ? 0 : offset + 1, Math.floor((bytes.length * 8) / 6));
  });
  return [text, ...encoded];
}
