/**
 * A script that runs a server with one argument of its caller's, the port. It becomes that server, so that ending
 * the script's process ends the server; and it leaves a watcher that ends the server when the caller has gone, since
 * a caller that is killed with SIGKILL cannot.
 */
export function wrapperScript(input: { command: string; args: readonly string[]; platform: string }): string {
  if (input.platform === 'win32') {
    const words = [input.command, ...input.args].map((word) => `"${word}"`);
    return ['@echo off', `${words.join(' ')} %1`, ''].join('\r\n');
  }
  const words = [input.command, ...input.args].map(shellQuoted);
  return [
    '#!/bin/sh',
    'caller=$PPID',
    'server=$$',
    '(',
    '  while kill -0 "$caller" && kill -0 "$server"; do sleep 2; done',
    '  kill -9 "$server"',
    ') </dev/null >/dev/null 2>&1 &',
    `exec ${words.join(' ')} "$1"`,
    '',
  ].join('\n');
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
