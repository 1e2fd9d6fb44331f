import type { newProgram } from '@backend/shared/cli';

type Command = ReturnType<typeof newProgram>;

/** A word of a command line, quoted where a POSIX shell needs it. */
export function shellWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command line that was typed, without some of its options and with others: what to type next. */
export function retype(
  command: Command,
  {
    call,
    file,
    without = [],
    and = [],
  }: { call: string; file: string; without?: readonly string[]; and?: readonly string[] },
): string {
  const options = command.options.flatMap((option) => {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== 'cli' || without.includes(name) || !option.long) return [];
    const value: unknown = command.getOptionValue(name);
    const values = Array.isArray(value) ? value : [value];
    return values.flatMap((each: unknown) =>
      each === true ? [option.long!] : [option.long!, shellWord(String(each))],
    );
  });
  return [call, shellWord(file), ...options, ...and].join(' ');
}
