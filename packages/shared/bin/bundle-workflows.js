#!/usr/bin/env node
// bundle-workflows <workflows module> <out file>: writes the production workflow bundle of the package it is called in.
const path = require('node:path');
const { bundleWorkflows } = require('../dist/temporal/index.js');

const [workflows, out] = process.argv.slice(2);
bundleWorkflows({ workflowsPath: path.resolve(workflows), outFile: path.resolve(out) }).then(
  (bytes) => process.stdout.write(`workflow bundle: ${Math.round(bytes / 1024)} KiB\n`),
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
