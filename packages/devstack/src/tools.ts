import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** The first executable of that name on PATH; undefined when there is none. */
export function findOnPath(input: { name: string; env: NodeJS.ProcessEnv }): string | undefined {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  const folders = (input.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders
    .flatMap((folder) => endings.map((ending) => path.join(folder, input.name + ending)))
    .find((file) => isExecutable(file));
}

/** Whether the path is a file that this process may execute. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Runs a program that answers at once, and returns what it wrote to both outputs. Throws an Error when it fails or takes longer. */
export function outputOf(input: {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  timeoutMs: number;
}): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: input.env, timeout: input.timeoutMs, killSignal: 'SIGKILL' as const };
    execFile(input.command, [...input.args], options, (error, stdout, stderr) => {
      if (error === null) resolve(`${stdout}${stderr}`);
      else reject(new Error(`${input.command} ${input.args.join(' ')}: ${stderr.trim() || error.message}`));
    });
  });
}

/** Compares versions such as '1.29.1' by their numbers; negative when `left` is the older one. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(/[.\-+]/).map((part) => Number.parseInt(part, 10) || 0));
  for (let index = 0; index < 3; index += 1) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
