/** Search and filters of the page. It reads and hides what is there; it makes no HTML and no request. */
export const PAGE_SCRIPT = `
(() => {
  const byId = (id) => document.getElementById(id);
  const form = document.querySelector('.controls');
  const events = [...document.querySelectorAll('.event')];
  const marks = new Map([...document.querySelectorAll('.axis li')].map((mark) => [mark.firstElementChild.hash.slice(1), mark]));
  const fold = (text) => text.normalize('NFKD').replace(/[\\u0300-\\u036f]/g, '').toLowerCase();
  const texts = new Map(events.map((event) => [event, fold(event.textContent)]));
  const show = () => {
    const words = fold(byId('query').value).split(/\\s+/).filter(Boolean);
    const status = byId('status').value;
    const source = byId('source').value;
    let count = 0;
    for (const event of events) {
      const visible =
        (status === '' || event.dataset.status === status) &&
        (source === '' || event.dataset.sources.split(' ').includes(source)) &&
        words.every((word) => texts.get(event).includes(word));
      event.hidden = !visible;
      const mark = marks.get(event.id);
      if (mark) mark.classList.toggle('off', !visible);
      if (visible) count += 1;
    }
    for (const era of document.querySelectorAll('.era')) {
      let next = era.nextElementSibling;
      while (next && next.classList.contains('event') && next.hidden) next = next.nextElementSibling;
      era.hidden = !next || !next.classList.contains('event');
    }
    byId('none').hidden = count > 0;
    byId('count').textContent = count === 1 ? '1 event' : count + ' events';
  };
  const reset = () => {
    form.reset();
    show();
  };
  form.hidden = false;
  form.addEventListener('input', show);
  form.addEventListener('submit', (submit) => submit.preventDefault());
  byId('reset').addEventListener('click', reset);
  addEventListener('hashchange', () => {
    const target = byId(location.hash.slice(1));
    if (target && target.hidden) {
      reset();
      target.scrollIntoView();
    }
  });
  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
})();
`;
