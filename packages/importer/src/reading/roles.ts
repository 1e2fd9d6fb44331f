/** What the columns of a file can mean to a tenant, and by which header names they go. */
export interface RoleCatalogue {
  /**
   * Role to its header names, best first: when two columns could have the role, the better name wins, then the left one.
   * Names are compared after {@link normaliseHeader}. Roles are given out in the order of this list.
   */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /**
   * What a file must have. Each requirement has a name (used in `missing`) and alternatives, each a list of roles that
   * satisfies it: `{name: 'amount', anyOf: [['amount'], ['debit', 'credit']]}`.
   */
  readonly required: readonly { readonly name: string; readonly anyOf: readonly (readonly string[])[] }[];
}

/** Role to 0-based column index. */
export type RoleColumns = Readonly<Record<string, number>>;

/**
 * A header cell as it is compared: NFKC, lower case, Latin accents removed, everything in brackets and all punctuation
 * removed, a currency code at the end removed (`Betrag (EUR)`, `Amount in EUR` and `BETRAG:` are `betrag` / `amount`).
 */
export function normaliseHeader(text: string): string {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .normalize('NFD')
    // Only the combining marks of Latin: in Devanagari and Gujarati the vowels are marks.
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(/[([{][^)\]}]*[)\]}]/g, ' ')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
  return plain.replace(
    / (?:in |en |em |i )?(?:eur|euros?|usd|gbp|chf|inr|huf|pln|sek|nok|dkk|czk|brl|jpy|cad|aud)$/,
    '',
  );
}

/** A catalogue made ready for matching. */
export interface CompiledCatalogue {
  readonly catalogue: RoleCatalogue;
  /** Normalised name to [role, rank] pairs. */
  readonly byName: ReadonlyMap<string, readonly (readonly [role: string, rank: number])[]>;
}

/** Normalises all names of a catalogue once. */
export function compileCatalogue(catalogue: RoleCatalogue): CompiledCatalogue {
  const byName = new Map<string, [string, number][]>();
  for (const [role, names] of Object.entries(catalogue.roles)) {
    for (const [rank, name] of [role, ...names].entries()) {
      const key = normaliseHeader(name);
      const entries = byName.get(key) ?? [];
      if (!entries.some(([known]) => known === role)) entries.push([role, rank]);
      byName.set(key, entries);
    }
  }
  return { catalogue, byName };
}

/** Which roles the cells of a header line name. A column has at most one role. */
export function matchRoles(cells: readonly string[], compiled: CompiledCatalogue): Record<string, number> {
  const best = new Map<string, { column: number; rank: number }[]>();
  for (const [column, cell] of cells.entries()) {
    // A header cell is a name, not a text.
    if (cell.length > 120) continue;
    for (const [role, rank] of compiled.byName.get(normaliseHeader(cell)) ?? []) {
      const entries = best.get(role) ?? [];
      entries.push({ column, rank });
      best.set(role, entries);
    }
  }
  const columns: Record<string, number> = {};
  const taken = new Set<number>();
  for (const role of Object.keys(compiled.catalogue.roles)) {
    const candidates = (best.get(role) ?? []).filter(({ column }) => !taken.has(column));
    candidates.sort((a, b) => a.rank - b.rank || a.column - b.column);
    const winner = candidates[0];
    if (!winner) continue;
    columns[role] = winner.column;
    taken.add(winner.column);
  }
  return columns;
}

/** The names of the requirements that these roles do not satisfy. */
export function missingRequirements(columns: RoleColumns, catalogue: RoleCatalogue): string[] {
  return catalogue.required
    .filter(({ anyOf }) => !anyOf.some((roles) => roles.every((role) => columns[role] !== undefined)))
    .map(({ name }) => name);
}
