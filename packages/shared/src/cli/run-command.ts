import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config';
import { rootFailure } from '../failures';
import { knownSecrets, secretCutter } from '../telemetry';

/** The command cannot do what was asked: exit code 1 unless another one is given, the message is one sentence. */
export class CliFailure extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
    this.name = 'CliFailure';
  }
}

/** The command was called wrongly: exit code 2, the message is one sentence that says what would be right. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

// Commander's own error lines are worded anew below; what else it writes there is the help of a command called without its
// sub-command.
const OUTPUT = { writeErr: (text: string) => void (text.startsWith('error:') || process.stderr.write(text)) };

/** A root command with the options that every command of both tenants has. */
export function newProgram(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'print the result as one JSON document')
    .exitOverride()
    .configureOutput(OUTPUT)
    .showHelpAfterError(false)
    .helpCommand(false);
}

/**
 * Parses and runs. Exit codes: 0 done, 1 failed, 2 bad usage. Errors are one sentence, never a stack trace; `describe`
 * words the errors of the tenant's own servers, and `secrets` are what no message may repeat, as a driver's does that names the
 * address it was given, password and all.
 */
export async function runCommand(
  program: Command,
  argv: readonly string[],
  describe: (error: unknown) => string | undefined,
  secrets: () => readonly string[] = () => [],
): Promise<number> {
  const report = (message: string, exitCode: number): number => {
    process.stderr.write(inForm(program, cutterOf(secrets)(message)));
    return exitCode;
  };
  inheritSettings(program);
  process.stdout.off('error', onOutputError).on('error', onOutputError);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      if (error.code === 'commander.help') return 2;
      return report(error.message.replace(/^error: /, ''), 2);
    }
    if (error instanceof UsageError || error instanceof ConfigError) return report(error.message, 2);
    if (error instanceof CliFailure) return report(error.message, error.exitCode);
    const failure = rootFailure(error);
    const message =
      inWords(describe, error) ?? (failure ? failure.message : error instanceof Error ? error.message : String(error));
    const exitCode = report(message, 1);
    if (process.env['DEBUG'] && error instanceof Error)
      process.stderr.write(`${cutterOf(secrets)(error.stack ?? '')}\n`);
    return exitCode;
  }
}

/** A reader that has seen enough (`| head`) is no failure. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
}

/** Words that cannot be found, for settings that are wrong too, must not hide the error itself. */
function inWords(describe: (error: unknown) => string | undefined, error: unknown): string | undefined {
  try {
    return describe(error);
  } catch {
    return undefined;
  }
}

function inForm(program: Command, message: string): string {
  const json = program.opts<{ json?: boolean }>().json === true;
  return json ? `${JSON.stringify({ error: message })}\n` : `${program.name()}: ${message}\n`;
}

/** Of settings that cannot be read, what the variables themselves say. */
function cutterOf(secrets: () => readonly string[]): (text: string) => string {
  let known: readonly string[] = [];
  try {
    known = secrets();
  } catch {
    // The error that is told is about these very settings.
  }
  return secretCutter([...known, ...knownSecrets(process.env)]);
}

/** Sub-commands do not inherit these from their parent; without them commander would end the process itself. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride().configureOutput(OUTPUT).helpCommand(false);
    inheritSettings(child);
  }
}
