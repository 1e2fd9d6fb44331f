'use strict';
// Activities of the product's names (BARE_ACTIVITY_NAMES) that do nothing.
module.exports = Object.fromEntries(
  process.env.BARE_ACTIVITY_NAMES.split(',').map((name) => [name, async () => undefined]),
);
