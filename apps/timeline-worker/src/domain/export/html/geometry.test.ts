import fc from 'fast-check';
import { gregorianToDays } from '../../dates/day-number';
import { type PlotMark, layOutMarks, stripPath, ticksBetween } from './geometry';

const dayOf = (year: number) => gregorianToDays({ year, month: 1, day: 1 });
const [FROM, TO, WIDTH] = [dayOf(1700), dayOf(1900), 1000];

const day = fc.integer({ min: FROM, max: TO - 1 });
const mark: fc.Arbitrary<PlotMark> = fc
  .record({
    from: day,
    days: fc.integer({ min: 1, max: 4000 }),
    isDay: fc.boolean(),
    least: fc.constantFrom(1, 1.4, 2.4),
  })
  .map(({ from, days, isDay, least }) => ({ from, to: from + (isDay ? 1 : days), isDay, least, anchor: 0.5 }));

/** What a mark covers, in pixels. */
function boxesOf(marks: readonly PlotMark[]) {
  const plot = layOutMarks({ marks, from: FROM, to: TO, width: WIDTH });
  const boxes = plot.places.map(({ left, width, top }, n) => {
    const time = (width / 100) * WIDTH;
    const wide = Math.max(time, marks[n]!.least * plot.dot);
    const start = (left / 100) * WIDTH - (wide - time) / 2;
    return { start, end: start + wide, top, isDay: marks[n]!.isDay };
  });
  return { plot, boxes };
}

describe('ai-timeline 24: places on the axis', () => {
  it('ai-timeline 24: marks do not cover each other while there is room', () => {
    fc.assert(
      fc.property(fc.array(mark, { maxLength: 60 }), (marks) => {
        const { boxes } = boxesOf(marks);
        for (const [n, a] of boxes.entries())
          for (const b of boxes.slice(n + 1))
            if (a.top === b.top && a.isDay === b.isDay)
              expect(a.end <= b.start + 0.5 || b.end <= a.start + 0.5).toBe(true);
      }),
    );
  });

  it('ai-timeline 24: days stand above the line, longer times below it, all inside the plot', () => {
    fc.assert(
      fc.property(fc.array(mark, { maxLength: 400 }), (marks) => {
        const { plot, boxes } = boxesOf(marks);
        for (const { top, isDay } of boxes) {
          expect(isDay ? top + plot.dot < plot.up : top > plot.up).toBe(true);
          expect(top).toBeGreaterThanOrEqual(0);
          expect(top).toBeLessThan(plot.up + plot.down);
        }
        expect(plot.up + plot.down).toBeLessThan(400);
      }),
    );
  });

  it('ai-timeline 24: a mark begins and ends where its time does', () => {
    const { places } = layOutMarks({
      marks: [{ from: dayOf(1750), to: dayOf(1850), isDay: false, least: 1, anchor: 0.5 }],
      from: FROM,
      to: TO,
      width: WIDTH,
    });
    expect(places[0]!.left).toBeCloseTo(25, 1);
    expect(places[0]!.width).toBeCloseTo(50, 1);
  });
});

describe('ai-timeline 24: years under the axis', () => {
  it.each([
    [1738, 1908, 7, ['1750', '1800', '1850', '1900']],
    [1820, 1827, 8, ['1820', '1821', '1822', '1823', '1824', '1825', '1826', '1827']],
    [-299, 301, 7, ['300 BCE', '200 BCE', '100 BCE', '1 CE', '100', '200', '300']],
    [-3, 4, 8, ['4 BCE', '3 BCE', '2 BCE', '1 BCE', '1', '2', '3', '4']],
    [1830, 1831, 4, ['1830', 'Apr', 'Jul', 'Oct', '1831']],
  ])('ai-timeline 24: from %d to %d', (first, last, most, labels) => {
    expect(ticksBetween({ from: dayOf(first), to: dayOf(last), most }).map(({ label }) => label)).toEqual(labels);
  });
});

it('ai-timeline 24: the strip is as high as the square root of the events', () => {
  expect(stripPath({ counts: [4, 0, 1], most: 4, height: 24 })).toBe('M0,24v-24h1v24zM2,24v-12h1v12z');
});
