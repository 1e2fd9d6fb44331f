import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

// What the products promise is a list of numbered points to each workflow. A test says in its title which points it proves, as in
// `data-import 3, 5: …`; a point that no title names is a promise that nothing holds anyone to.

const ROOT = path.join(__dirname, '..');

/** Page → the number of its points. */
const PAGES = {
  'ai-timeline': 24,
  'data-import': 21,
  'monthly-budget': 21,
  'recurring-transaction': 20,
} as const;
type Page = keyof typeof PAGES;

/** The beginning of a title, after its quotation mark: what it is about, in parts. */
const TITLE = /['"`]([a-z][a-z0-9, -]*): /g;

/** The points that titles in a file's text name, as `page n`. A number alone is of the page before it. */
function pointsNamedIn(text: string): string[] {
  return [...text.matchAll(TITLE)].flatMap(([, about]) => {
    let page: string | undefined;
    return about!.split(', ').flatMap((part) => {
      const point = /^(?:(\D+) )?(\d+)$/.exec(part);
      page = point?.[1] ?? page;
      return point && page !== undefined && Object.hasOwn(PAGES, page) ? [`${page} ${point[2]}`] : [];
    });
  });
}

const FOLDERS = ['apps', 'packages', 'test', 'e2e'];
const LEFT_OUT = new Set(['node_modules', 'dist']);

function testFiles(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return LEFT_OUT.has(entry.name) ? [] : testFiles(name);
    return entry.name.endsWith('.test.ts') && name !== path.relative(ROOT, __filename) ? [name] : [];
  });
}

const named = new Set(
  FOLDERS.flatMap(testFiles).flatMap((file) => pointsNamedIn(readFileSync(path.join(ROOT, file), 'utf8'))),
);
const allOf = (page: Page): string[] => Array.from({ length: PAGES[page] }, (_, index) => `${page} ${index + 1}`);

test.each(Object.keys(PAGES) as Page[])('common: every point of %s has a test that names it', (page) => {
  expect(allOf(page).filter((point) => !named.has(point))).toEqual([]);
});

test('common: no test names a point that there is not', () => {
  const all = new Set((Object.keys(PAGES) as Page[]).flatMap(allOf));
  expect([...named].filter((point) => !all.has(point))).toEqual([]);
});

test('common: titles are read whatever pages and points they name', () => {
  const titles = [
    `test('ai-timeline 7, data-import 13, 14: one', work)`,
    'test.each([1])("monthly-budget 2: two")',
    'describe(`common, recurring-transaction 20: three`)',
  ];
  expect(titles.flatMap(pointsNamedIn)).toEqual([
    'ai-timeline 7',
    'data-import 13',
    'data-import 14',
    'monthly-budget 2',
    'recurring-transaction 20',
  ]);
  // Not a title, and titles that name no point of a page.
  expect(pointsNamedIn("// see ai-timeline 3: there\ntest('ai-timeline: all')\ntest('common 5: of it')")).toEqual([]);
});
