import { isStorableText } from '../domain';

// The import id is part of a workflow id, in which a character may take nine of a thousand.
const MAX_CHARACTERS = { importId: 100, userId: 200, accountId: 200 } as const;

/** What is wrong with the ids of an input, as a sentence; undefined when they can be ids. */
export function idsProblem<Field extends keyof typeof MAX_CHARACTERS>(
  input: { readonly [field in Field]?: unknown } | null | undefined,
  fields: readonly Field[],
): string | undefined {
  for (const field of fields) {
    const value = input?.[field];
    if (typeof value !== 'string' || value === '' || value.length > MAX_CHARACTERS[field])
      return `${field} should be a text of 1 to ${MAX_CHARACTERS[field]} characters.`;
    if (!isStorableText(value)) return `${field} should hold no NUL and no broken characters.`;
  }
  return undefined;
}
