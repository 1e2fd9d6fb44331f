import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { addTenantCommands, newProgram } from '@backend/shared/cli';
import * as importerOptions from '../packages/importer/src/workflow/activity-options';
import * as timelineExport from '../apps/timeline-worker/src/cli/export';
import * as timelineGenerate from '../apps/timeline-worker/src/cli/generation/generate-commands';
import * as timelineImport from '../apps/timeline-worker/src/cli/import';
import * as timelineReview from '../apps/timeline-worker/src/cli/review';
import * as timelineSeed from '../apps/timeline-worker/src/cli/seed';
import * as traccBudget from '../apps/tracc-worker/src/cli/budget';
import * as traccImport from '../apps/tracc-worker/src/cli/import';
import * as traccRecurring from '../apps/tracc-worker/src/cli/recurring';
import * as traccSeed from '../apps/tracc-worker/src/cli/seed';
import { TENANTS, sourceOf } from './support/tenants';

// Keeps the documents true: what they point to, name or list exists, and nothing of it is left out.

const ROOT = path.join(__dirname, '..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const linesOf = (text: string): number => text.replace(/\n$/, '').split('\n').length;

const MADE = new Set(['node_modules', 'dist', 'coverage', 'out', 'data', 'reports']);

/** Every document of the repository, but for what is installed or made. */
function documents(folder = ''): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return MADE.has(entry.name) || entry.name.startsWith('.') ? [] : documents(name);
    return entry.name.endsWith('.md') ? [name] : [];
  });
}

const DOCUMENTS = documents();

/** The text without fenced blocks, in which nothing is a link or a name. */
const prose = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '');

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(text: string): ReadonlySet<string> {
  return new Set(
    [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** What is wrong with the relative links of a document; nothing when all of them lead somewhere. */
function brokenLinks(file: string, text: string): string[] {
  return [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => {
    if (/^[a-z]+:/.test(target!)) return [];
    const [to, anchor] = target!.split('#');
    const absolute = to === '' ? path.join(ROOT, file) : path.join(ROOT, path.dirname(file), to!);
    if (to !== '' && !existsSync(absolute)) return [`${target}: there is no such file`];
    if (anchor === undefined || !absolute.endsWith('.md')) return [];
    const known = to === '' ? text : readFileSync(absolute, 'utf8');
    return anchorsOf(known).has(anchor) ? [] : [`${target}: there is no such heading`];
  });
}

/** Scripts named by `npm run` that package.json does not have. */
function unknownScripts(text: string): string[] {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  return [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!).filter((name) => !(name in scripts));
}

const FOLDERS = ['apps', 'packages', 'scripts', 'test', 'e2e', 'examples', 'infra', 'bench', 'docs', '.ci'];

/** Paths of the repository in inline code that do not exist; `*` stands for any one name. */
function missingPaths(text: string): string[] {
  return [...prose(text).matchAll(/`([^`\n]+)`/g)]
    .map(([, code]) => code!)
    .filter((code) => FOLDERS.some((folder) => code.startsWith(`${folder}/`)) && /^[\w@./*-]+$/.test(code))
    .filter((code) => !matches(code.replace(/\/$/, '').split('/')));
}

function matches([first, ...rest]: string[], folder = ROOT): boolean {
  if (first === undefined) return true;
  if (!existsSync(folder)) return false;
  const pattern = new RegExp(`^${first.replaceAll('.', '\\.').replaceAll('*', '[^.].*')}$`);
  const names = first.includes('*') ? readdirSync(folder).filter((name) => pattern.test(name)) : [first];
  return names.some((name) => existsSync(path.join(folder, name)) && matches(rest, path.join(folder, name)));
}

describe.each(DOCUMENTS)('%s', (file) => {
  const text = read(file);

  test('platform: every relative link leads to a file, and to a heading of it', () => {
    expect(brokenLinks(file, text)).toEqual([]);
  });

  test('platform: every script it names is in package.json', () => {
    expect(unknownScripts(text)).toEqual([]);
  });

  test('platform: every path of the repository it names exists', () => {
    expect(missingPaths(text)).toEqual([]);
  });

  test('platform: it can be read in one sitting', () => {
    expect(linesOf(text)).toBeLessThanOrEqual(file === 'README.md' ? 150 : 400);
  });
});

test('platform: the documents are found, and none of these checks is blind', () => {
  expect(DOCUMENTS).toEqual(
    expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/architecture.md', 'infra/README.md']),
  );
  expect(
    brokenLinks('docs/x.md', '[a](nowhere.md) [b](../README.md#no-such-heading) [c](https://example.org)'),
  ).toEqual(['nowhere.md: there is no such file', '../README.md#no-such-heading: there is no such heading']);
  expect(brokenLinks('docs/x.md', '# My own `x`\n[a](#my-own-x) [b](../README.md)')).toEqual([]);
  expect(unknownScripts('`npm run demo -- --keep`, `npm run nothing`')).toEqual(['nothing']);
  expect(missingPaths('`apps/*/src/main.ts` `apps/*/src/gone.ts` `docs/gone.md` `packages/shared/`')).toEqual([
    'apps/*/src/gone.ts',
    'docs/gone.md',
  ]);
});

describe('docs/commands.md and docs/timeline-commands.md', () => {
  type Program = ReturnType<typeof newProgram>;
  const withWorker = (name: string): { program: Program; db: Program } => {
    const program = newProgram(name, name);
    const never = (): never => {
      throw new Error('no command is run here');
    };
    const needs = { retentionDays: 1, searchAttributes: [] };
    const parts = { loadEnv: never, loadConfig: never, runWorker: never, migrations: [], needs };
    return { program, db: addTenantCommands(program, parts) };
  };
  const tracc = withWorker('tracc');
  traccSeed.addSeedCommand(tracc.db, '');
  traccBudget.addBudgetCommands(tracc.program);
  traccRecurring.addRecurringCommands(tracc.program);
  traccImport.addImportCommands(tracc.program);
  const timeline = withWorker('timeline');
  timelineSeed.addSeedCommand(timeline.db, '');
  timelineGenerate.addGenerateCommands(timeline.program);
  timelineImport.addImportCommands(timeline.program);
  timelineExport.addExportCommand(timeline.program);
  timelineReview.addReviewCommands(timeline.program);

  const text = ['docs/commands.md', 'docs/timeline-commands.md'].map(read).join('\n');
  const sections = new Map(
    text
      .split(/^(?=#+ )/m)
      .filter((section) => section.startsWith('### '))
      .map((section) => section.slice('### '.length))
      .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
  );
  const imports = ['show', 'answer', 'pause', 'resume', 'cancel', 'rejects'].map((name) => `import ${name}`);
  const shared = [
    'worker start',
    'worker health',
    'codec serve',
    'db provision',
    'db migrate',
    'temporal setup',
    ...imports,
  ];

  interface Described {
    readonly name: string;
    readonly options: readonly string[];
  }
  /** Every command that does something by itself: those without sub-commands, and `import` and `generate`, which take a file. */
  function commandsOf(command: Program, prefix: string): Described[] {
    return command.commands.flatMap((child) => {
      const name = `${prefix} ${child.name()}`;
      const acts = child.commands.length === 0 || child.registeredArguments.length > 0;
      const options = child.options.map(({ long }) => long!);
      return [...(acts ? [{ name, options }] : []), ...commandsOf(child, name)];
    });
  }
  const commands = [...commandsOf(tracc.program, 'tracc'), ...commandsOf(timeline.program, 'timeline')].map(
    ({ name, options }) => {
      const bare = name.replace(/^\w+ /, '');
      if (!shared.includes(bare)) return { name, options };
      return { name: bare, options: options.map((option) => (option === '--timeline' ? '--user' : option)) };
    },
  );

  test('platform: describes every command, and no other', () => {
    expect([...sections.keys()].sort()).toEqual([...new Set(commands.map(({ name }) => name))].sort());
    expect(commands.length).toBeGreaterThan(30);
  });

  test.each(commands)('platform: names every option of $name, and no other', ({ name, options }) => {
    const section = sections.get(name) ?? '';
    const named = [...section.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([option]) => option);
    expect([...new Set(named)].sort()).toEqual([...options].sort());
  });
});

describe('the table of bounds in docs/architecture.md', () => {
  interface Bounds {
    readonly startToCloseTimeout: string;
    readonly scheduleToCloseTimeout: string;
    readonly heartbeatTimeout?: string;
    readonly retry: { readonly maximumInterval: string };
  }
  const ofTenants = TENANTS.map((tenant) => [
    tenant,
    jest.requireActual<object>(path.join(sourceOf(tenant), 'workflows', 'activity-options.ts')),
  ]);
  const sets = Object.entries({ ...Object.fromEntries(ofTenants), importer: importerOptions }).flatMap(
    ([owner, options]) =>
      Object.entries(options as Record<string, Bounds>).map(([name, set]) => ({ title: `${owner} \`${name}\``, set })),
  );
  const rows = read('docs/architecture.md')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 8 && /^[a-z]\w+ `\w+Options`$/.test(cells[2]!));

  test('platform: has every set once', () => {
    expect(rows.map((cells) => cells[2]!).sort()).toEqual(sets.map(({ title }) => title).sort());
  });

  test.each(sets)('platform: says what the code says of $title', ({ title, set }) => {
    const { startToCloseTimeout, scheduleToCloseTimeout, heartbeatTimeout = '-', retry } = set;
    expect(rows.find((cells) => cells[2] === title)?.slice(3, 7)).toEqual([
      startToCloseTimeout,
      scheduleToCloseTimeout,
      heartbeatTimeout,
      retry.maximumInterval,
    ]);
  });

  test('platform: names every activity once', () => {
    const activities = [
      ...TENANTS.map((tenant) => `apps/${tenant}-worker/src/activities`),
      'packages/importer/src/activities',
    ]
      .flatMap((folder) => [...read(`${folder}/index.ts`).matchAll(/^ {4}(\w+): (?:async|beating)/gm)])
      .map(([, name]) => name!);
    const named = rows.flatMap((cells) => [...cells[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
    expect(activities.length).toBeGreaterThanOrEqual(21);
    expect(named.sort()).toEqual(activities.sort());
  });
});
