import fc from 'fast-check';
import { allows, chooseAccount, parsePasswd } from './unprivileged';

const passwd = [
  'root:x:0:0:root:/root:/bin/bash',
  '# a comment',
  'broken line',
  'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin',
  'postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash',
  '',
].join('\n');

describe('platform, embedded stack: root runs PostgreSQL as somebody else', () => {
  test('accounts are read from the passwd file, whatever else is in it', () => {
    expect(parsePasswd(passwd)).toEqual([
      { name: 'root', uid: 0, gid: 0 },
      { name: 'nobody', uid: 65534, gid: 65533 },
      { name: 'postgres', uid: 101, gid: 104 },
    ]);
  });

  test('`postgres` is preferred, `nobody` will do, and an account with root`s number never', () => {
    const accounts = parsePasswd(passwd);
    expect(chooseAccount(accounts)?.name).toBe('postgres');
    expect(chooseAccount(accounts.filter(({ name }) => name !== 'postgres'))?.name).toBe('nobody');
    expect(chooseAccount([{ name: 'postgres', uid: 0, gid: 0 }])).toBeUndefined();
    expect(chooseAccount([])).toBeUndefined();
  });

  test('a folder of root with mode 0700 lets nobody else in, one with 0711 does', () => {
    const account = { name: 'nobody', uid: 65534, gid: 65534 };
    expect(allows({ account, of: { uid: 0, gid: 0, mode: 0o40700 }, what: 'execute' })).toBe(false);
    expect(allows({ account, of: { uid: 0, gid: 0, mode: 0o40711 }, what: 'execute' })).toBe(true);
    expect(allows({ account, of: { uid: 0, gid: 0, mode: 0o40711 }, what: 'read' })).toBe(false);
  });

  test('exactly one set of bits counts: the owner`s, else the group`s, else the others`', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0o777 }), fc.boolean(), fc.boolean(), (mode, owns, shares) => {
        const of = { uid: owns ? 5 : 6, gid: shares ? 7 : 8, mode };
        const digit = mode.toString(8).padStart(3, '0')[owns ? 0 : shares ? 1 : 2] ?? '';
        const account = { name: 'a', uid: 5, gid: 7 };
        expect(allows({ account, of, what: 'execute' })).toBe('1357'.includes(digit));
        expect(allows({ account, of, what: 'read' })).toBe('4567'.includes(digit));
      }),
    );
  });
});
