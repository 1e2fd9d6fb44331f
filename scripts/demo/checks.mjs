import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/**
 * What must be in the databases after one run, and after any number of runs: counted by SQL of the demo's own, against
 * figures that the sample data comes with.
 */
export async function checkEffects({ stack, month, examples }) {
  const { Client } = require('pg');
  const open = async (database) => {
    const url = new URL(stack.postgres.adminUrl);
    url.pathname = `/${database}`;
    const client = new Client({ connectionString: url.href });
    await client.connect();
    return client;
  };
  const expected = async (file) => JSON.parse(await readFile(path.join(examples, file), 'utf8'));
  const [sparkasse, national, events] = await Promise.all(
    [
      'bank/sparkasse-2025.expected.json',
      'bank/first-national-2025.expected.json',
      'timeline/events.expected.json',
    ].map(expected),
  );
  const tracc = await open('tracc');
  const timeline = await open('timeline');
  const one = async (client, sql, values) => (await client.query(sql, values)).rows[0];
  const checks = [];
  const check = (name, actual, wanted) =>
    checks.push({ name, actual: String(actual), wanted: String(wanted), ok: String(actual) === String(wanted) });
  try {
    const rent = await one(
      tracc,
      `select count(*) as rows, count(distinct nominal_date) as dates, string_agg(to_char(nominal_date, 'MMDD'), ' ' order by nominal_date) as days
       from transactions where template_id = 'rent'`,
    );
    check('rent is posted twelve times', `${rent.rows} on ${rent.dates} dates`, '12 on 12 dates');
    check(
      'rent falls on the last day of each month',
      rent.days,
      '0131 0228 0331 0430 0531 0630 0731 0831 0930 1031 1130 1231',
    );

    for (const [importId, want, currency] of [
      ['demo-sparkasse', sparkasse, 'EUR'],
      ['demo-first-national', national, 'USD'],
    ]) {
      const got = await one(
        tracc,
        `select count(*) as rows, sum(amount_minor) filter (where amount_minor > 0) as money_in,
           sum(amount_minor) filter (where amount_minor < 0) as money_out
         from transactions where import_id = $1 and currency = $2`,
        [importId, currency],
      );
      check(`${importId}: rows`, got.rows, want.rows - want.errors);
      check(
        `${importId}: money in and out`,
        `${got.money_in} ${got.money_out}`,
        `${want.sumInMinor} ${want.sumOutMinor}`,
      );
      const errors = await one(tracc, `select count(*) as rows from import_row_errors where import_id = $1`, [
        importId,
      ]);
      check(`${importId}: refused rows`, errors.rows, want.errors);
    }

    const alerts = await one(
      tracc,
      `select count(*) as rows, string_agg(alert_key || ' ' || delivery, ', ' order by budget_id, pct) as list from alerts where month = $1`,
      [month],
    );
    check(
      'each threshold alerted once',
      alerts.list,
      `alert:food:${month}:80 sent, alert:fun:${month}:75 superseded, alert:fun:${month}:90 superseded, alert:fun:${month}:100 sent`,
    );
    const reports = await one(tracc, `select count(*) as rows from reports where month = $1`, [month]);
    check('one report of the month', reports.rows, 1);

    // An event that the generation has found first is a duplicate to the import, and the other way round.
    const imported = await one(
      timeline,
      `select imported_rows, imported_rows + duplicate_rows as good,
         (select count(*) from events e where e.import_id = i.import_id) as stored
       from imports i where import_id = 'demo-events'`,
    );
    check('timeline events: good rows', imported.good, events.rows - events.errors);
    check('timeline events: stored rows', imported.stored, imported.imported_rows);
    const generated = await one(
      timeline,
      `select count(*) as rows, count(distinct (edtf, lower(title))) as different from events where import_id is null`,
    );
    check(
      'generated events are there, none twice',
      Number(generated.rows) >= 20 && generated.rows === generated.different,
      true,
    );
    // Offsets are UTF-16 code units, which SQL does not count in.
    const { rows: quotes } = await timeline.query(
      `select s.text, c.quote, c.quote_start as start, c.quote_end as end
       from citations c join source_texts s on s.timeline_id = c.timeline_id and s.sha256 = c.text_sha256`,
    );
    const ungrounded = quotes.filter((row) => row.text.slice(row.start, row.end) !== row.quote);
    check(
      `each of the ${quotes.length} quotes is in its source`,
      quotes.length > 0 ? ungrounded.length : 'no quotes',
      0,
    );
  } finally {
    await Promise.all([tracc.end(), timeline.end()]);
  }
  return checks;
}
