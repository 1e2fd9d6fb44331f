import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

// A patch keeps an old way of a workflow alive for executions that began with it. Each says when that way may go, beside the code and
// in docs/versions.md.

const ROOT = path.join(__dirname, '..');

interface Patch {
  readonly id: string;
  /** The lines in front of it. */
  readonly comment: string;
}

function patchesOf(source: string): Patch[] {
  const lines = source.split('\n');
  return lines.flatMap((line, at) => {
    const id = /\bpatched\('([^']+)'\)/.exec(line)?.[1];
    if (id === undefined) return [];
    return [{ id, comment: lines.slice(Math.max(0, at - 4), at + 1).join('\n') }];
  });
}

const PATCHES = ['apps', 'packages'].flatMap((group) =>
  readdirSync(path.join(ROOT, group), { recursive: true, encoding: 'utf8' })
    .filter((file) => /^[^/]+\/src\/workflows?\/.*(?<!\.test)\.ts$/.test(file))
    .flatMap((file) => patchesOf(readFileSync(path.join(ROOT, group, file), 'utf8'))),
);

const saysWhenToRemove = ({ comment }: Patch): boolean => /\/\/.*\bremove/is.test(comment);

test('platform: every patch of a workflow says beside it when it may be removed', () => {
  expect(PATCHES.filter((patch) => !saysWhenToRemove(patch)).map(({ id }) => id)).toEqual([]);
});

test('platform: docs/versions.md lists the patches that there are, and no other', () => {
  const page = readFileSync(path.join(ROOT, 'docs', 'versions.md'), 'utf8');
  const table = page.slice(page.indexOf('| patch |')).split('\n\n')[0]!;
  const listed = new Set([...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, id]) => id));
  expect(listed).toEqual(new Set(PATCHES.map(({ id }) => id)));
});

test('platform: a patch without a word about its end would be seen', () => {
  const [bare, said] = [`if (patched('x')) go();`, `// To be removed when no run is older.\nif (patched('x')) go();`];
  expect(patchesOf(bare).map(saysWhenToRemove)).toEqual([false]);
  expect(patchesOf(said).map(saysWhenToRemove)).toEqual([true]);
});
