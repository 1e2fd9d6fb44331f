import { layOutMarks, stripPath, ticksBetween } from './geometry';

/**
 * What the page does: filters that live in the fragment of its address, an axis that is laid out for its width and period,
 * and the keyboard. It reads and hides what is there; it makes no HTML and no request.
 */
export const PAGE_SCRIPT = `
(() => {
'use strict';
${String(layOutMarks)}
${String(ticksBetween)}
${String(stripPath)}
const byId = (id) => document.getElementById(id);
const plot = byId('plot');
if (!plot) return;
const form = byId('filters'), marksList = byId('marks'), tip = byId('tip'), strip = byId('strip'), frame = byId('window');
const FIELDS = ['q', 'from', 'to', 'place', 'person', 'source', 'status'].filter((name) => byId('f-' + name));
const field = (name) => byId('f-' + name);
const whole = { from: Number(plot.dataset.from), to: Number(plot.dataset.to) };
const numbers = (text) => (text ? text.split(' ').map(Number) : []);
const items = [...marksList.children];
const events = [...document.querySelectorAll('.event')].map((node, index) => {
  const item = items[index];
  const { from, to, at, status, places, people, sources } = node.dataset;
  const time = numbers(item.dataset.time);
  return {
    node, item, link: item.firstElementChild, id: node.id.slice(2), from: Number(from), to: Number(to), at: Number(at), status,
    place: numbers(places), person: numbers(people), source: numbers(sources), visible: true, box: undefined,
    mark: {
      from: time[0], to: time[1], isDay: item.classList.contains('day'),
      isSince: item.classList.contains('since'), isUntil: item.classList.contains('until'),
      least: Number(item.style.getPropertyValue('--n')), anchor: Number(item.style.getPropertyValue('--k')),
    },
  };
});
const byEventId = new Map(events.map((event) => [event.id, event]));
const byLink = new Map(events.map((event) => [event.link, event]));
const periods = [...document.querySelectorAll('.period')].map((node) => ({
  node, count: node.querySelector('h2 span'), events: [...node.querySelectorAll('.event')].map(({ id }) => byEventId.get(id.slice(2))),
}));

// Years are those of historians: 9 BCE is the year -8 of the calendar.
const dayOf = (year) => {
  const date = new Date(0);
  date.setUTCFullYear(year, 0, 1);
  return date.getTime() / 864e5;
};
const yearOf = (day) => new Date(day * 864e5).getUTCFullYear();
const yearText = (year) => (year > 0 ? String(year) : 1 - year + ' BCE');
const readYear = (name) => {
  const text = field(name).value.trim();
  const parts = /^(-?)(\\d{1,5})\\s*(bce|bc|ce|ad)?$/i.exec(text);
  const year = parts && (parts[1] || /^b/i.test(parts[3] || '') ? 1 - Number(parts[2]) : Number(parts[2]));
  const isWrong = text !== '' && year === null;
  if (isWrong) field(name).setAttribute('aria-invalid', 'true');
  else field(name).removeAttribute('aria-invalid');
  return text === '' || isWrong ? undefined : year;
};
const countText = (count) => count.toLocaleString('en') + (count === 1 ? ' event' : ' events');

const fold = (text) => text.normalize('NFKD').replace(/[\\u0300-\\u036f]/g, '').toLowerCase().replace(/\\s+/g, ' ');
// The words around quotes belong to other events.
const textOf = (event) => {
  if (event.text === undefined) {
    const copy = event.node.cloneNode(true);
    for (const part of copy.querySelectorAll('.context, .decide')) part.replaceWith(' ');
    event.text = fold(copy.textContent);
  }
  return event.text;
};

let period = {};
let current;
const filter = () => {
  const words = fold(field('q').value).split(' ').filter(Boolean);
  const years = { from: readYear('from'), to: readYear('to') };
  byId('year-help').classList.toggle('wrong', form.querySelector('[aria-invalid]') !== null);
  period = {
    from: years.from === undefined ? undefined : dayOf(years.from),
    to: years.to === undefined ? undefined : dayOf(years.to + 1) - 1,
  };
  const chosen = ['place', 'person', 'source'].filter((name) => field(name) && field(name).value !== '')
    .map((name) => [name, field(name).selectedIndex - 1]);
  const status = field('status') ? field('status').value : '';
  for (const event of events) {
    event.visible =
      (status === '' || event.status === status) &&
      (period.from === undefined || event.to >= period.from) &&
      (period.to === undefined || event.from <= period.to) &&
      chosen.every(([name, number]) => event[name].includes(number)) &&
      (words.length === 0 || words.every((word) => textOf(event).includes(word)));
    if (event.node.hidden === event.visible) event.node.hidden = !event.visible;
    if (event.item.hidden === event.visible) event.item.hidden = !event.visible;
  }
  // An event in the address would take the filter away that hides it.
  if (current && !current.visible) {
    current.node.classList.remove('at');
    current = undefined;
  }
  for (const { node, count, events: own } of periods) {
    const shown = own.filter(({ visible }) => visible).length;
    node.hidden = shown === 0;
    node.style.setProperty('--count', shown);
    count.textContent = countText(shown);
  }
  const shown = events.filter(({ visible }) => visible);
  byId('none').hidden = shown.length > 0;
  byId('count').textContent = shown.length === events.length ? countText(shown.length) : shown.length.toLocaleString('en') + ' of ' + countText(events.length);
  showActive();
  showStrip(shown);
  draw();
  rove(current || shown[0]);
};

const TITLES = { q: 'Search', from: 'From', to: 'To', place: 'Place', person: 'Person', source: 'Source', status: 'Status' };
const showActive = () => {
  const active = FIELDS.filter((name) => field(name).value.trim() !== '');
  const chips = active.map((name) => {
    const input = field(name);
    const shown = input.options ? input.selectedOptions[0].text.replace(/ \\([\\d,]+\\)$/, '') : input.value.trim();
    return chip(TITLES[name] + ': ' + shown, 'Remove the filter ' + TITLES[name] + ': ' + shown, () => {
      input.value = '';
      update(true);
      field('q').focus({ preventScroll: true });
    });
  });
  if (active.length > 1) chips.push(chip('Clear all', 'Clear all filters', reset));
  byId('active').replaceChildren(...chips);
};
const chip = (text, label, act) => {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.append(Object.assign(document.createElement('span'), { textContent: text }));
  button.setAttribute('aria-label', label);
  button.addEventListener('click', act);
  item.append(button);
  return item;
};
const reset = () => {
  for (const name of FIELDS) field(name).value = '';
  update(true);
};

// The axis shows the period that is chosen, else the whole time.
const time = () => {
  const from = period.from ?? whole.from;
  const to = period.to === undefined ? whole.to : period.to + 1;
  return to > from ? { from, to } : whole;
};
const draw = (widthPx = marksList.clientWidth) => {
  const { from, to } = time();
  const shown = events.filter(({ visible }) => visible);
  // An arrow whose beginning lies outside of the period goes through all of it.
  const marks = shown.map(({ mark }) => {
    if (!mark.isSince && !mark.isUntil) return mark;
    const day = mark.isSince ? Math.max(mark.from, from) : Math.min(mark.from, to);
    return { ...mark, from: day, to: day };
  });
  const laid = layOutMarks({ marks, from, to, width: Math.max(widthPx, 120) });
  plot.style.cssText = '--d:' + laid.dot + 'px;--up:' + laid.up + 'px;--down:' + laid.down + 'px';
  shown.forEach((event, index) => {
    const { left, width, top } = laid.places[index];
    const style = event.item.style;
    style.setProperty('--x', left.toFixed(2) + '%');
    style.setProperty('--w', width.toFixed(2) + '%');
    style.setProperty('--y', top + 'px');
    const wide = Math.max((width / 100) * widthPx, event.mark.least * laid.dot);
    const start = (left / 100) * widthPx - (wide - (width / 100) * widthPx) * event.mark.anchor;
    event.box = { left: start, right: start + wide, top, bottom: top + laid.dot };
  });
  const ticks = ticksBetween({ from, to, most: Math.max(2, Math.floor(widthPx / 88)) });
  byId('ticks').replaceChildren(...ticks.map(({ day, label, isLast }) => {
    const tick = document.createElement('span');
    if (isLast) tick.className = 'end';
    tick.style.left = ((day - from) / (to - from)) * 100 + '%';
    tick.textContent = label;
    return tick;
  }));
  point(undefined);
};

const showStrip = (shown) => {
  const counts = Array.from({ length: Number(strip.dataset.parts) }, () => 0);
  const part = (day) => Math.floor(((day - whole.from) / (whole.to - whole.from)) * counts.length);
  for (const { at } of shown) counts[part(at)] += 1;
  byId('match').setAttribute('d', stripPath({ counts, most: Number(strip.dataset.most), height: 24 }));
  const isWhole = period.from === undefined && period.to === undefined;
  const { from, to } = time();
  showWindow(isWhole ? undefined : { from, to });
};
const showWindow = (window) => {
  frame.hidden = window === undefined;
  if (!window) return;
  const share = (day) => Math.min(1, Math.max(0, (day - whole.from) / (whole.to - whole.from)));
  frame.style.left = share(window.from) * 100 + '%';
  frame.style.width = (share(window.to) - share(window.from)) * 100 + '%';
};

// On the strip a pull chooses the years it goes over, and a click the stretch between two round years.
let pull;
const dayAt = (clientX) => {
  const { left, width } = strip.getBoundingClientRect();
  return whole.from + Math.min(0.9999, Math.max(0, (clientX - left) / width)) * (whole.to - whole.from);
};
const choose = (from, to) => {
  field('from').value = yearText(from);
  field('to').value = yearText(to);
  update(true);
};
strip.addEventListener('pointerdown', (press) => {
  pull = { x: press.clientX, day: dayAt(press.clientX) };
  strip.setPointerCapture(press.pointerId);
});
strip.addEventListener('pointermove', (move) => {
  if (!pull) return;
  const days = [pull.day, dayAt(move.clientX)].sort((a, b) => a - b);
  showWindow({ from: days[0], to: days[1] });
});
strip.addEventListener('pointercancel', () => {
  pull = undefined;
  filter();
});
strip.addEventListener('pointerup', (lift) => {
  if (!pull) return;
  const days = [pull.day, dayAt(lift.clientX)].sort((a, b) => a - b);
  const isClick = Math.abs(lift.clientX - pull.x) < 5;
  pull = undefined;
  if (!isClick) return choose(yearOf(days[0]), yearOf(days[1]));
  const ends = [whole.from, ...ticksBetween({ ...whole, most: 12 }).map(({ day }) => day), whole.to];
  const next = ends.findIndex((end) => end > days[0]);
  choose(yearOf(ends[next - 1]), yearOf(ends[next] - 1));
});

// One mark of the axis can be reached with Tab; the arrow keys go on from there.
const rove = (event) => {
  for (const link of marksList.querySelectorAll('a[tabindex="0"]')) link.tabIndex = -1;
  if (event) event.link.tabIndex = 0;
};
const point = (event) => {
  for (const item of marksList.querySelectorAll('.on')) item.classList.remove('on');
  tip.hidden = !event || !event.box;
  if (tip.hidden) return;
  event.item.classList.add('on');
  tip.textContent = event.link.getAttribute('aria-label');
  const wide = marksList.clientWidth;
  const middle = Math.min(wide, Math.max(0, (event.box.left + event.box.right) / 2));
  tip.style.left = Math.min(Math.max(middle - tip.offsetWidth / 2, -8), wide + 8 - tip.offsetWidth) + 'px';
  tip.style.top = (event.mark.isDay ? event.box.top - tip.offsetHeight - 8 : event.box.bottom + 8) + 'px';
};
const nearest = (pointer) => {
  const { left, top } = marksList.getBoundingClientRect();
  const [x, y] = [pointer.clientX - left, pointer.clientY - top];
  let best, least = 20;
  for (const event of events) {
    if (!event.visible || !event.box) continue;
    const { box } = event;
    const away = Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
    if (away < least) [best, least] = [event, away];
  }
  return best;
};
const KEYS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
marksList.addEventListener('keydown', (press) => {
  const event = byLink.get(press.target);
  if (!event || !(press.key in KEYS) || press.altKey || press.ctrlKey || press.metaKey) return;
  const shown = events.filter(({ visible }) => visible);
  const next = shown[Math.min(shown.length - 1, Math.max(0, shown.indexOf(event) + KEYS[press.key]))];
  press.preventDefault();
  rove(next);
  next.link.focus();
});
marksList.addEventListener('focusin', (focus) => point(byLink.get(focus.target)));
marksList.addEventListener('focusout', () => point(undefined));
plot.addEventListener('pointermove', (move) => point(nearest(move)));
plot.addEventListener('pointerleave', () => point(byLink.get(document.activeElement)));
plot.addEventListener('click', (click) => {
  const event = byLink.get(click.target) || nearest(click);
  if (!event || click.ctrlKey || click.metaKey || click.shiftKey) return;
  click.preventDefault();
  visit(event);
});
document.addEventListener('keydown', (press) => {
  if (press.key !== 'Escape') return;
  const node = document.activeElement.closest('.event');
  const event = node && byEventId.get(node.id.slice(2));
  if (event) {
    rove(event);
    event.link.focus({ preventScroll: true });
    byId('axis').scrollIntoView({ block: 'nearest' });
  } else point(undefined);
});

// The address: #q=…&from=…&to=…&place=…&person=…&source=…&status=…&event=…
const write = (push) => {
  const values = new URLSearchParams();
  for (const name of FIELDS) if (field(name).value.trim() !== '') values.set(name, field(name).value.trim());
  if (current) values.set('event', current.id);
  const hash = String(values);
  const address = hash === '' ? location.pathname + location.search : '#' + hash;
  if (hash === location.hash.slice(1)) return;
  try {
    history[push ? 'pushState' : 'replaceState'](null, '', address);
  } catch {
    // A page without an address of its own has none to change.
  }
};
const update = (push) => {
  filter();
  write(push);
};
const go = (event) => {
  for (const node of document.querySelectorAll('.event.at')) node.classList.remove('at');
  current = event;
  if (!event) return;
  if (!event.visible) {
    for (const name of FIELDS) field(name).value = '';
    filter();
  }
  event.node.classList.add('at');
  rove(event);
  event.node.scrollIntoView({ block: 'start' });
  event.node.querySelector('article').focus({ preventScroll: true });
};
const visit = (event) => {
  go(event);
  write(true);
};
const read = () => {
  const hash = location.hash.slice(1);
  const isLink = hash.startsWith('e-');
  const values = new URLSearchParams(isLink ? '' : hash);
  for (const name of FIELDS) {
    const input = field(name);
    input.value = values.get(name) ?? '';
    if (input.options && input.selectedIndex < 0) input.value = '';
  }
  filter();
  go(byEventId.get(isLink ? hash.slice(2) : values.get('event')));
};
document.addEventListener('click', (click) => {
  const link = click.target.closest('a[href^="#"]');
  if (!link || click.defaultPrevented || click.ctrlKey || click.metaKey || click.shiftKey) return;
  const hash = link.getAttribute('href').slice(1);
  const event = hash.startsWith('e-') && byEventId.get(hash.slice(2));
  if (event) {
    click.preventDefault();
    return visit(event);
  }
  if (!hash.includes('=')) {
    // A jump within the page leaves the filters in the address.
    const target = byId(hash);
    if (!target) return;
    click.preventDefault();
    target.scrollIntoView();
    return target.focus({ preventScroll: true });
  }
  click.preventDefault();
  for (const [name, value] of new URLSearchParams(hash)) if (field(name)) field(name).value = value;
  update(true);
  byId('found').scrollIntoView({ block: 'nearest' });
});

let waiting;
form.addEventListener('input', (input) => {
  clearTimeout(waiting);
  if (input.target.options) return update(true);
  waiting = setTimeout(update, 120, false);
});
form.addEventListener('submit', (submit) => {
  submit.preventDefault();
  clearTimeout(waiting);
  update(true);
});
byId('reset').addEventListener('click', reset);
byId('up').addEventListener('click', () => {
  byId('axis').scrollIntoView();
  const link = marksList.querySelector('a[tabindex="0"]');
  if (link) link.focus({ preventScroll: true });
});
addEventListener('popstate', read);
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details')) details.open = true;
  draw(640);
});
addEventListener('afterprint', () => draw());
form.hidden = byId('found').hidden = byId('hint').hidden = false;
for (const { link } of events) link.tabIndex = -1;
read();
// Else the browser would go to an event of the address by itself, and take the focus from it.
write(false);
let width = marksList.clientWidth;
new ResizeObserver(() => {
  if (marksList.clientWidth === width) return;
  width = marksList.clientWidth;
  draw();
}).observe(marksList);
})();
`;
