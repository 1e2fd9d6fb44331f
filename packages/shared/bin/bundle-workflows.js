#!/usr/bin/env node
// bundle-workflows <workflows module> <out file>: writes the production workflow bundle of the package it is called in, and
// beside it the same one for workers that make traces.
const path = require('node:path');
const { bundleWorkflows, tracedBundle } = require('../dist/temporal/index.js');

const [workflows, out] = process.argv.slice(2);
const workflowsPath = path.resolve(workflows);
const outFile = path.resolve(out);
// Modules are named by their path from here: the same bundle, wherever it is called.
process.chdir(path.join(__dirname, '..', '..', '..'));
const kib = (bytes) => `${Math.round(bytes / 1024)} KiB`;

(async () => {
  const plain = await bundleWorkflows({ workflowsPath, outFile });
  const traced = await bundleWorkflows({ workflowsPath, outFile: tracedBundle(outFile), traced: true });
  return `workflow bundle: ${kib(plain)}, for traces ${kib(traced)}\n`;
})().then(
  (line) => process.stdout.write(line),
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
