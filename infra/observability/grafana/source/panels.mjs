// The parts of a dashboard. A panel is what it shows (queries with their legends), its unit, a sentence on how to read it, and
// thresholds where some values are bad.

const SOURCE = { type: 'prometheus', uid: '${datasource}' };
/** A dashboard has 24 columns. */
const COLUMNS = 24;

/** `{ 'legend {{label}}': 'PromQL', … }`; `bad` and `warn` are lower bounds of values that are, or upper ones with `below`. */
export function graph(title, queries, options) {
  return panel('timeseries', title, queries, {
    ...options,
    custom: {
      drawStyle: 'line',
      lineWidth: 1,
      fillOpacity: options.stacked ? 30 : 8,
      showPoints: 'never',
      spanNulls: false,
      stacking: { mode: options.stacked ? 'normal' : 'none', group: 'A' },
      thresholdsStyle: { mode: hasThresholds(options) ? 'dashed' : 'off' },
    },
    view: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  });
}

/** One number now, large. */
export function number(title, queries, options) {
  return panel('stat', title, queries, {
    width: 4,
    height: 4,
    instant: true,
    ...options,
    view: {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: hasThresholds(options) ? 'background' : 'value',
      graphMode: 'none',
      justifyMode: 'auto',
      textMode: Object.keys(queries).some((legend) => legend.includes('{{')) ? 'value_and_name' : 'value',
      orientation: 'auto',
    },
  });
}

/** One row for each series, with its labels. */
export function table(title, queries, options) {
  return panel('table', title, queries, {
    width: 12,
    instant: true,
    ...options,
    format: 'table',
    view: {
      showHeader: true,
      cellHeight: 'sm',
      footer: { show: false, reducer: ['sum'], countRows: false, fields: '' },
    },
    transformations: [
      { id: 'organize', options: { excludeByName: { Time: true }, indexByName: {}, renameByName: {} } },
    ],
  });
}

/** A line across the dashboard above the panels that follow. */
export function row(title) {
  return { type: 'row', title, collapsed: false, panels: [], width: COLUMNS, height: 1 };
}

function panel(type, title, queries, options) {
  const { unit, description, decimals, min, max, custom = {}, view, transformations, width = 8, height = 8 } = options;
  return {
    type,
    title,
    description,
    datasource: SOURCE,
    width,
    height,
    targets: Object.entries(queries).map(([legendFormat, expr], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: SOURCE,
      editorMode: 'code',
      expr,
      legendFormat,
      range: !options.instant,
      instant: options.instant === true,
      ...(options.format ? { format: options.format } : {}),
    })),
    fieldConfig: {
      defaults: {
        unit,
        ...(decimals === undefined ? {} : { decimals }),
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
        color: { mode: type === 'stat' ? 'thresholds' : 'palette-classic' },
        thresholds: { mode: 'absolute', steps: stepsOf(options) },
        custom,
      },
      overrides: [],
    },
    options: view,
    ...(transformations ? { transformations } : {}),
  };
}

function hasThresholds({ warn, bad }) {
  return warn !== undefined || bad !== undefined;
}

function stepsOf({ warn, bad, below = false }) {
  const step = (color, value) => (value === undefined ? [] : [{ color, value }]);
  if (!below) return [{ color: 'green', value: null }, ...step('yellow', warn), ...step('red', bad)];
  // Bad up to one value, a warning up to the next, good above.
  const upTo = [
    { color: 'red', until: bad },
    { color: 'yellow', until: warn },
  ].filter(({ until }) => until !== undefined);
  return [...upTo.map(({ color }) => color), 'green'].map((color, index) => ({
    color,
    value: index === 0 ? null : upTo[index - 1].until,
  }));
}

/** A dashboard as Grafana reads it; panels fill the rows from left to right. */
export function dashboard({ uid, title, description, tags, panels, refresh = '30s', from = 'now-6h' }) {
  let [x, y, rowHeight, id] = [0, 0, 0, 0];
  const placed = panels.map(({ width, height, ...rest }) => {
    if (x + width > COLUMNS) [x, y, rowHeight] = [0, y + rowHeight, 0];
    const gridPos = { x, y, w: width, h: height };
    x += width;
    rowHeight = Math.max(rowHeight, height);
    id += 1;
    return { id, ...rest, gridPos };
  });
  return {
    uid,
    title,
    description,
    tags: ['temporal-tenants', ...tags],
    schemaVersion: 42,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh,
    time: { from, to: 'now' },
    timezone: 'browser',
    templating: {
      list: [
        { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus', hide: 0, current: {} },
        {
          name: 'tenant',
          label: 'Tenant',
          type: 'query',
          datasource: SOURCE,
          query: { query: 'label_values(process_start_time_seconds, tenant)', refId: 'tenant' },
          definition: 'label_values(process_start_time_seconds, tenant)',
          refresh: 2,
          multi: true,
          includeAll: true,
          // Other programs export that metric too, without the label.
          allValue: '.+',
          sort: 1,
          hide: 0,
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    annotations: { list: [] },
    links: [
      {
        type: 'dashboards',
        title: 'All dashboards',
        tags: ['temporal-tenants'],
        asDropdown: true,
        keepTime: true,
        includeVars: true,
      },
    ],
    panels: placed,
  };
}
