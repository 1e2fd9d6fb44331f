import { type ComparableText, SIMILAR, textSimilarity } from './text-similarity';

/** A row that may be there twice, beside others of its account, amount and currency. */
export interface PairableRow {
  /** Rows with a smaller id were there before it. */
  readonly id: number;
  /** Days from any one date on. */
  readonly day: number;
  readonly text: ComparableText;
  /** The bank's id of the payment; null when its source gives none. */
  readonly externalId: string | null;
}

/** A new row and the old row that may be the same payment. */
export interface DuplicatePair {
  readonly id: number;
  readonly possibleDuplicateOf: number;
  readonly similarity: number;
}

/** Days that two sources may lie apart on one payment (data-import 12). */
export const DAYS_APART = 3;

/** Old texts that a new one is compared with, at most; where there are more, those that share its rarest words. */
const MAX_COMPARED = 64;

/**
 * Pairs new rows with old ones that may be the same payment; all of them have one account, amount and currency. A pair is at
 * most three days apart, has texts of similarity 0.85 or more, an old row that was there first, and not two different external
 * ids. Each row is in one pair at most: the most similar pair is taken first, of equals the nearest in date, of these the new row
 * with the smallest id and then the old row with the smallest id. So of three new rows and two old ones that are all alike two
 * are paired. The order of the arguments does not matter. Time and memory are linear in the rows, and the work is
 * cut into pieces that each take a few comparisons.
 */
export function* pairDuplicates(
  fresh: readonly PairableRow[],
  old: readonly PairableRow[],
): Generator<void, DuplicatePair[]> {
  const freshByText = groupBy(byId(fresh), ({ text }) => text.key);
  const oldByText = groupBy(byId(old), ({ text }) => text.key);
  const shelves = new Map<string, Shelf>();
  for (const row of byId(old)) {
    const place = `${row.day} ${row.text.key}`;
    const shelf = shelves.get(place) ?? createShelf();
    shelf.put(row);
    shelves.set(place, shelf);
  }

  const isPaired = new Set<number>();
  const pairs: DuplicatePair[] = [];
  for (const { similarity, alike } of yield* levelsOf([...freshByText.values()], [...oldByText.values()])) {
    const rows = byId([...alike.keys()].flatMap((key) => freshByText.get(key)!));
    for (let apart = 0; apart <= DAYS_APART; apart += 1) {
      for (const row of rows) {
        if (isPaired.has(row.id)) continue;
        yield;
        const days = apart === 0 ? [row.day] : [row.day - apart, row.day + apart];
        let first: PairableRow | undefined;
        for (const key of alike.get(row.text.key)!) {
          for (const day of days) {
            const found = shelves.get(`${day} ${key}`)?.first(row);
            if (found && (!first || found.id < first.id)) first = found;
          }
        }
        if (!first) continue;
        isPaired.add(row.id);
        shelves.get(`${first.day} ${first.text.key}`)!.take(first);
        pairs.push({ id: row.id, possibleDuplicateOf: first.id, similarity });
      }
    }
  }
  return pairs;
}

/** New texts, each with the old ones of that similarity to it. */
interface Level {
  readonly similarity: number;
  readonly alike: ReadonlyMap<string, readonly string[]>;
}

/** Texts that are alike, by their similarity, the highest first. */
function* levelsOf(
  fresh: readonly (readonly PairableRow[])[],
  old: readonly (readonly PairableRow[])[],
): Generator<void, Level[]> {
  const levels = new Map<number, Map<string, string[]>>();
  const oldTexts = old.map(([row]) => row!.text);
  const candidatesOf = oldTexts.length <= MAX_COMPARED ? () => oldTexts : indexByWord(oldTexts);
  for (const [row] of fresh) {
    const { text } = row!;
    yield;
    for (const candidate of candidatesOf(text)) {
      const similarity = textSimilarity(text, candidate);
      if (similarity < SIMILAR) continue;
      const level = levels.get(similarity) ?? new Map<string, string[]>();
      levels.set(similarity, level);
      level.set(text.key, [...(level.get(text.key) ?? []), candidate.key]);
    }
  }
  return [...levels].map(([similarity, alike]) => ({ similarity, alike })).sort((a, b) => b.similarity - a.similarity);
}

/** Finds texts that have words in common with a text: the equal one, then those that share its rarest words. */
function indexByWord(texts: readonly ComparableText[]): (text: ComparableText) => readonly ComparableText[] {
  const byKey = new Map(texts.map((text) => [text.key, text]));
  const byWord = new Map<string, ComparableText[]>();
  for (const text of texts) {
    for (const word of text.words) {
      const known = byWord.get(word);
      if (known) known.push(text);
      else byWord.set(word, [text]);
    }
  }
  return (text) => {
    const found = new Set<ComparableText>();
    const equal = byKey.get(text.key);
    if (equal) found.add(equal);
    const sharing = text.words.map((word) => byWord.get(word) ?? []).sort((one, other) => one.length - other.length);
    for (const candidates of sharing) {
      for (const candidate of candidates) {
        if (found.size >= MAX_COMPARED) return [...found];
        found.add(candidate);
      }
    }
    return [...found];
  };
}

/** Old rows of one day and text that are in no pair yet, in the order of their ids. */
interface Shelf {
  put(row: PairableRow): void;
  /** The first one that can be the counterpart of a new row. */
  first(row: PairableRow): PairableRow | undefined;
  take(row: PairableRow): void;
}

function createShelf(): Shelf {
  const taken = new Set<number>();
  const all: Queue = { rows: [], head: 0 };
  /** Apart by external id, so that none has to be passed over that cannot be the counterpart. */
  const byExternalId = new Map<string | null, Queue>();
  const head = (queue: Queue | undefined): PairableRow | undefined => {
    if (!queue) return undefined;
    while (queue.head < queue.rows.length && taken.has(queue.rows[queue.head]!.id)) queue.head += 1;
    return queue.rows[queue.head];
  };
  return {
    put(row) {
      all.rows.push(row);
      const queue = byExternalId.get(row.externalId) ?? { rows: [], head: 0 };
      queue.rows.push(row);
      byExternalId.set(row.externalId, queue);
    },
    first({ id, externalId }) {
      const found =
        externalId === null ? [head(all)] : [head(byExternalId.get(externalId)), head(byExternalId.get(null))];
      const [first, second] = found.filter((row) => row !== undefined && row.id < id) as PairableRow[];
      return second && second.id < first!.id ? second : first;
    },
    take({ id }) {
      taken.add(id);
    },
  };
}

interface Queue {
  readonly rows: PairableRow[];
  head: number;
}

function byId(rows: readonly PairableRow[]): PairableRow[] {
  return [...rows].sort((one, other) => one.id - other.id);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
