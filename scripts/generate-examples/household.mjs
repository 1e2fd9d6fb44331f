import {
  createRandom,
  dayNumber,
  civil,
  pad,
  DATES_2025,
  splitTotal,
  csvLine,
  emit,
  emitJson,
  readJson,
} from './tools.mjs';

/** Berlin wall clock to UTC for 2025: CEST from 30 March 01:00Z to 26 October 01:00Z. */
function berlinToUtc(date, time) {
  const summer = Date.parse(`${date}T${time}Z`) - 2 * 3_600_000;
  const isSummer = summer >= Date.parse('2025-03-30T01:00:00Z') && summer < Date.parse('2025-10-26T01:00:00Z');
  return new Date(isSummer ? summer : summer + 3_600_000).toISOString().replace('.000Z', 'Z');
}

function householdRows(household, seed) {
  const random = createRandom(20250101);
  const rows = [];
  const add = (row) => {
    const full = {
      account: 'checking',
      currency: 'EUR',
      category: '',
      kind: 'normal',
      status: 'posted',
      payee: '',
      ...row,
    };
    rows.push(full);
    return full;
  };
  const monthDates = (month) => DATES_2025.filter((date) => date.startsWith(month));
  const months = Array.from({ length: 12 }, (_, index) => `2025-${pad(index + 1)}`);

  months.forEach((month, index) => {
    const dates = monthDates(month);
    for (const [category, { rowsAMonth, accounts, payees, descriptions, spentByMonth }] of Object.entries(
      seed.spending,
    )) {
      for (const part of splitTotal({ random, total: spentByMonth[index], count: rowsAMonth })) {
        const date = random.pick(dates);
        const row = {
          date,
          account: random.pick(accounts),
          category,
          amount: -part,
          description: random.pick(descriptions),
          payee: random.pick(payees),
        };
        const evening = `${pad(random.int(17, 22))}:${pad(random.int(0, 59))}:${pad(random.int(0, 59))}`;
        if ((category === 'eating-out' || category === 'transport') && random.chance(0.3))
          row.occurredAt = berlinToUtc(date, evening);
        else row.bookingDate = date;
        // Some shops are booked on the day after: the civil date wins over the instant.
        if (category === 'groceries' && date > '2025-01-01' && random.chance(0.12))
          row.occurredAt = berlinToUtc(civil(dayNumber(date) - 1), evening);
        add(row);
      }
    }
    // Streaming and software, paid in dollars without a euro amount: they need a rate.
    for (const [day, minor, description, payee] of [
      [4, 1299, 'Film streaming', 'Northstar Video'],
      [11, 999, 'Cloud storage', 'Cumulus Drive'],
      [19, 1499, 'News site', 'The Harbor Post'],
    ]) {
      add({
        date: `${month}-${pad(day)}`,
        bookingDate: `${month}-${pad(day)}`,
        account: 'usd',
        currency: 'USD',
        category: 'subscriptions',
        amount: -minor,
        description,
        payee,
      });
    }
    add({
      date: `${month}-07`,
      bookingDate: `${month}-07`,
      category: 'subscriptions',
      amount: -1790,
      description: 'Music for the family',
      payee: 'Klangwolke',
    });
    add({
      date: `${month}-22`,
      bookingDate: `${month}-22`,
      account: 'usd',
      currency: 'USD',
      category: 'freelance',
      amount: random.int(60, 110) * 1000,
      description: 'Invoice, illustration work',
      payee: 'Bluebird Studio LLC',
    });

    const parts = [
      ['groceries', random.int(1400, 2600), 'Food part'],
      ['household', random.int(700, 1900), 'Cleaning part'],
      ['kids', random.int(500, 1500), 'Toys part'],
    ].slice(0, index % 3 === 0 ? 3 : 2);
    const date = `${month}-${pad(14 + (index % 5))}`;
    const parent = add({
      date,
      bookingDate: date,
      account: 'card',
      amount: -parts.reduce((sum, part) => sum + part[1], 0),
      description: 'Big shop, split',
      payee: 'Warenhaus Spree',
    });
    for (const [category, minor, description] of parts)
      add({
        date,
        bookingDate: date,
        account: 'card',
        category,
        amount: -minor,
        description,
        payee: 'Warenhaus Spree',
        parent,
      });
  });

  for (const { time, ...row } of seed.occurredOnly) add({ ...row, occurredAt: berlinToUtc(row.date, time) });
  for (const row of seed.pending) add({ ...row, bookingDate: row.date, status: 'pending' });
  for (const row of [...seed.refunds, ...seed.foreignCard]) add({ ...row, bookingDate: row.date });
  // The dollar card used at home: the shop's own amount is in euro, so no rate is needed.
  for (const [date, amount, euro, payee] of [
    ['2025-06-12', -2052, -1800, 'Kletterturm'],
    ['2025-11-21', -2431, -2100, 'Kino am Ufer'],
  ])
    add({
      date,
      bookingDate: date,
      account: 'usd',
      currency: 'USD',
      category: 'leisure',
      amount,
      foreignAmount: euro,
      foreignCurrency: 'EUR',
      description: 'Paid with the dollar card',
      payee,
    });
  // One day before the first rate: cannot be converted.
  add({
    date: '2025-01-01',
    bookingDate: '2025-01-01',
    account: 'usd',
    currency: 'USD',
    category: 'gifts',
    amount: -2500,
    description: 'Gift card',
    payee: 'Bluebird Studio LLC',
  });
  for (const date of ['2025-02-08', '2025-05-10', '2025-07-24', '2025-11-14', '2025-12-06'])
    add({
      date,
      bookingDate: date,
      account: 'card',
      category: 'travel',
      amount: -15000,
      description: 'Deposit hold, released',
      payee: 'Pension Seeblick',
      status: 'void',
    });
  for (const [date, minor] of [
    ['2025-03-31', 2310],
    ['2025-06-30', 2485],
    ['2025-09-30', 2590],
    ['2025-12-31', 2672],
  ])
    add({
      date,
      bookingDate: date,
      account: 'savings',
      category: 'interest',
      amount: minor,
      description: 'Interest for the quarter',
      payee: 'Hausbank',
    });
  for (const [date, minor] of [
    ['2025-04-16', 12900],
    ['2025-09-11', 7450],
  ])
    add({
      date,
      bookingDate: date,
      category: 'housing',
      amount: -minor,
      description: 'Plumber',
      payee: 'Rohr & Söhne',
    });

  const transfer = (id, date, description, legs) => {
    for (const [account, currency, amount] of legs)
      add({ date, bookingDate: date, account, currency, amount, description, kind: 'transfer', transferId: id });
  };
  months.forEach((month, index) => {
    const owed =
      index === 0
        ? 84310
        : -rows
            .filter(
              (row) =>
                row.account === 'card' &&
                row.kind === 'normal' &&
                row.status === 'posted' &&
                !row.parent &&
                row.date.startsWith(months[index - 1]),
            )
            .reduce((sum, row) => sum + row.amount, 0);
    transfer(`card-${month}`, `${month}-05`, 'Credit card settled', [
      ['checking', 'EUR', -owed],
      ['card', 'EUR', owed],
    ]);
  });
  for (const [date, dollars] of [
    ['2025-03-20', 200000],
    ['2025-07-10', 250000],
    ['2025-10-23', 220000],
  ]) {
    transfer(`fx-${date}`, date, 'Dollars to euro', [
      ['usd', 'USD', -dollars],
      ['checking', 'EUR', Number(convertToEur(BigInt(dollars), date, household.fxRates))],
    ]);
  }
  for (const [date, minor] of [
    ['2025-06-27', 60000],
    ['2025-11-24', 25000],
  ])
    transfer(`draw-${date}`, date, 'Drawn from savings', [
      ['savings', 'EUR', -minor],
      ['checking', 'EUR', minor],
    ]);

  const ordered = rows
    .map((row, index) => ({ row, index }))
    .toSorted((a, b) => (a.row.date < b.row.date ? -1 : a.row.date > b.row.date ? 1 : a.index - b.index));
  ordered.forEach(({ row }, index) => (row.id = `t-2025-${pad(index + 1, 4)}`));
  return ordered.map(({ row }) => row);
}

/** Half-even conversion at the last rate on or before the date, at most 10 days old; undefined without one. */
function convertToEur(minor, date, rates) {
  const rate = rates.findLast((candidate) => candidate.date <= date);
  if (!rate || dayNumber(date) - dayNumber(rate.date) > 10) return undefined;
  const [whole, decimals] = rate.rate.split('.');
  const scale = 10n ** BigInt(decimals.length);
  const product = (minor < 0n ? -minor : minor) * BigInt(whole + decimals);
  const twice = (product % scale) * 2n;
  const quotient = product / scale;
  const rounded = twice > scale || (twice === scale && quotient % 2n === 1n) ? quotient + 1n : quotient;
  return minor < 0n ? -rounded : rounded;
}

/** What each budget spends in a month, counted over the rows of the file alone (no recurring postings). */
function spentIn(month, budget, rows, household) {
  const start = `${month}-${pad(budget.monthStartDay)}`;
  const [year, number] = month.split('-').map(Number);
  const end = `${number === 12 ? year + 1 : year}-${pad((number % 12) + 1)}-${pad(budget.monthStartDay)}`;
  const sums = { posted: 0n, pending: 0n, refunds: 0n, unconverted: 0 };
  for (const row of rows) {
    if (row.kind === 'transfer' || row.status === 'void' || !budget.categoryIds.includes(row.category)) continue;
    if (row.date < start || row.date >= end) continue;
    const own = row.currency === 'EUR' ? row.amount : row.foreignCurrency === 'EUR' ? row.foreignAmount : undefined;
    const euro = own === undefined ? convertToEur(BigInt(row.amount), row.date, household.fxRates) : BigInt(own);
    if (euro === undefined) sums.unconverted += 1;
    else {
      sums[row.status] -= euro;
      if (euro > 0n) sums.refunds += euro;
    }
  }
  return sums;
}

function statusOf(limit, spent, thresholds) {
  if (limit === null) return 'untracked';
  if (spent > limit) return 'over';
  const crossed = thresholds.some((pct) => pct < 100 && spent * 100n >= BigInt(pct) * limit);
  return limit > 0n && crossed ? 'warning' : 'ok';
}

function expectedBudgets(month, rows, household) {
  return household.budgets.map((budget) => {
    const base = budget.limitMinor === null ? null : BigInt(budget.limitMinor);
    let carry = 0n;
    for (let number = 1; pad(number) < month.slice(5) && base !== null; number += 1) {
      const past = spentIn(`2025-${pad(number)}`, budget, rows, household);
      const left = base + carry - past.posted - past.pending;
      carry = budget.rollover === 'none' ? 0n : budget.rollover === 'surplus' && left < 0n ? 0n : left;
    }
    const { posted, pending, refunds, unconverted } = spentIn(month, budget, rows, household);
    const limit = base === null ? null : base + carry < 0n ? 0n : base + carry;
    const text = (value) => (value === null ? null : value.toString());
    return {
      budgetId: budget.budgetId,
      status: statusOf(limit, posted + pending, budget.thresholdsPct),
      limitMinor: text(limit),
      carryInMinor: text(carry),
      postedMinor: text(posted),
      pendingMinor: text(pending),
      spentMinor: text(posted + pending),
      refundsMinor: text(refunds),
      unconverted,
    };
  });
}

export function household() {
  const definition = readJson('household/household.json');
  const rows = householdRows(definition, readJson('household/seed.json'));
  const header =
    'transaction_id,account_id,booking_date,occurred_at,amount_minor,currency,foreign_amount_minor,foreign_currency,category_id,description,payee,kind,status,parent_id,transfer_id';
  const lines = rows.map((row) =>
    csvLine(
      [
        row.id,
        row.account,
        row.bookingDate ?? '',
        row.occurredAt ?? '',
        String(row.amount),
        row.currency,
        String(row.foreignAmount ?? ''),
        row.foreignCurrency ?? '',
        row.category,
        row.description,
        row.payee,
        row.kind,
        row.status,
        row.parent?.id ?? '',
        row.transferId ?? '',
      ],
      ',',
    ),
  );
  emit('household/transactions.csv', `${[header, ...lines].join('\n')}\n`);
  const expected = {
    month: '2025-11',
    note: 'Counted over transactions.csv alone, without postings of the recurring templates.',
    rows: rows.length,
    budgets: expectedBudgets('2025-11', rows, definition),
  };
  emitJson('household/transactions.expected.json', expected);
  return expected;
}
