'use strict';

/**
 * Runs one program for as long as a parent lives, and ends it when the parent goes, however it goes.
 *
 * The parent holds the write end of this process's stdin. A process that ends, by SIGKILL too, closes its
 * pipes; so end of input means: no parent any more. This file is plain JavaScript because it is started by path
 * both from dist/ and from src/ under jest.
 *
 * argv[2] is JSON: { name, home, command, args, cwd, uid?, gid?, logFile, registryFile, stop: [{ signal, waitMs }], removeOnExit: [path] }
 * stdout, one JSON object a line: { event: 'started', pid } | { event: 'failed', message } | { event: 'exited', code, signal }
 */
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');

/** When a process started, as text, or null where that cannot be learnt. With the pid it names one process for good. */
function startOfProcess(pid) {
  if (process.platform === 'win32') return null;
  try {
    if (process.platform !== 'linux') {
      const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
      const stdio = ['ignore', 'pipe', 'ignore'];
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { env, stdio, encoding: 'utf8' }).trim() || null;
    }
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in brackets and may hold blanks and brackets itself: count from the last one.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function main() {
  const spec = JSON.parse(process.argv[2]);
  const report = (message) => process.stdout.write(`${JSON.stringify(message)}\n`, () => {});
  process.stdout.on('error', () => {});

  // oxlint-disable-next-line prefer-const -- the handlers refer to it before it is started
  let child;
  let ended = false;
  let stopping = false;

  const finish = (message) => {
    if (ended) return;
    ended = true;
    fs.rmSync(spec.registryFile, { force: true });
    // A program that ends by itself has something to say in its files: only what was told to end is cleaned up.
    for (const path of stopping ? spec.removeOnExit : []) {
      try {
        fs.rmSync(path, { recursive: true, force: true, maxRetries: 5 });
      } catch {
        // A leftover is swept by a later start; it must not keep the exit from being reported.
      }
    }
    report(message);
    process.exitCode = 0;
    process.stdin.destroy();
  };

  const stop = async () => {
    if (stopping) return;
    stopping = true;
    for (const { signal, waitMs } of spec.stop) {
      if (ended || child.pid === undefined) return;
      child.kill(signal);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        child.once('exit', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  };

  const log = fs.openSync(spec.logFile, 'a');
  child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    stdio: ['ignore', log, log],
    ...(spec.uid === undefined ? {} : { uid: spec.uid, gid: spec.gid }),
  });
  fs.closeSync(log);

  child.once('spawn', () => {
    const entry = {
      name: spec.name,
      home: spec.home,
      supervisor: { pid: process.pid, start: startOfProcess(process.pid) },
      child: { pid: child.pid, start: startOfProcess(child.pid) },
    };
    fs.writeFileSync(spec.registryFile, JSON.stringify(entry), { mode: 0o600 });
    report({ event: 'started', pid: child.pid });
  });
  child.once('error', (error) => {
    if (child.pid === undefined) finish({ event: 'failed', message: error.message });
  });
  child.once('exit', (code, signal) => finish({ event: 'exited', code, signal }));

  process.stdin.on('end', stop);
  process.stdin.on('error', stop);
  process.stdin.on('close', stop);
  process.stdin.resume();
  process.on('SIGTERM', stop);
  // A terminal's Ctrl-C is for the parent: it drains its workers first and then lets go of us.
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
}

module.exports = { startOfProcess };
if (require.main === module) main();
