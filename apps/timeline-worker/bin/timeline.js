#!/usr/bin/env node
// From Node 22 on, compiled code is kept beside the packages that it is of, for the next start. Threads read the variable.
process.env.NODE_COMPILE_CACHE ??= require('node:path').join(__dirname, '../../../node_modules/.cache/compiled');
require('node:module').enableCompileCache?.();
require('../dist/cli/main.js');
