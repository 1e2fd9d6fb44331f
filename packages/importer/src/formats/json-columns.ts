import { cutText } from '../reading';
import { recordBytes } from './json-cells';
import { type JsonObject, flattenJson } from './json-scan';
import { type ConvertLimits, FileProblemError } from './types';

type Warning = { readonly code: string; readonly message: string };

/** The columns of objects, and their cells under them. */
export interface JsonColumns {
  /** Adds the keys of one more object. Throws `FileTooLarge` over the limit of columns. */
  readonly add: (object: JsonObject) => void;
  readonly titles: () => string[];
  /** The cells of an object that is item or line `place`, such as `line 7`. */
  readonly cells: (object: JsonObject, place: string, repeatedKey?: string) => string[];
  readonly warnings: () => readonly Warning[];
}

/** Columns in the order in which their keys appear. A key that was not added is ignored with one warning. */
export function createJsonColumns(limits: Pick<ConvertLimits, 'maxColumns' | 'maxRecordBytes'>): JsonColumns {
  const names = new Set<string>();
  const titles: string[] = [];
  let ignored: Warning | undefined;
  let repeated: Warning | undefined;
  const shown = (name: string) => `"${name.length > 60 ? `${cutText(name, 60)}…` : name}"`;
  let titleBytes = 0;

  return {
    add: (object) => {
      const cells = new Map<string, string>();
      flattenJson(object, cells);
      for (const name of cells.keys()) {
        if (names.has(name)) continue;
        names.add(name);
        titles.push(name);
        titleBytes += recordBytes([name]);
        if (names.size > limits.maxColumns || titleBytes > limits.maxRecordBytes) {
          const message = `The objects have more than ${limits.maxColumns} different keys, or longer ones than a record may be; the first that is too much is ${shown(name)}.`;
          throw new FileProblemError({ code: 'FileTooLarge', message });
        }
      }
    },
    titles: () => [...titles],
    cells: (object, place, repeatedKey) => {
      const byName = new Map<string, string>();
      const twiceFlattened = flattenJson(object, byName);
      const twice = repeatedKey ?? twiceFlattened;
      if (twice !== undefined) {
        repeated ??= {
          code: 'RepeatedKey',
          message: `The key ${shown(twice)} is there twice in one object (${place}); the last value was taken.`,
        };
      }
      let known = 0;
      const cells = titles.map((title) => {
        const cell = byName.get(title);
        if (cell !== undefined) known += 1;
        return cell ?? '';
      });
      if (known < byName.size && !ignored) {
        const name = [...byName.keys()].find((key) => !names.has(key)) ?? '';
        const message = `The key ${shown(name)} (${place}) is not among those of the first objects and was ignored, as others may be.`;
        ignored = { code: 'IgnoredKey', message };
      }
      return cells;
    },
    warnings: () => [repeated, ignored].filter((warning) => warning !== undefined),
  };
}
