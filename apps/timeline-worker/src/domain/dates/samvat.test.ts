import { edtfDay } from './day-number';
import { lunarMonths } from './panchang';
import { type LunarDate, computeSamvat } from './samvat';
import { gregorianToDays } from './day-number';
test('x', () => {
  const ref: [number, number, 'sud'|'vad', number, string][] = [[1837,1,'sud',9,'1781-04-03'],[1857,8,'sud',11,'1800-10-28'],[1878,12,'sud',3,'1822-02-24'],[1881,8,'sud',12,'1824-11-03'],[1882,11,'sud',5,'1826-02-12'],[1886,3,'sud',10,'1830-06-01'],[1876,9,'sud',4,'1819-11-21']];
  for (const [year, month, paksha, tithi, want] of ref) {
    const r = computeSamvat({ date: { era: 'samvat', year, month, paksha, tithi }, samvatYear: 'kartikadi', monthStyle: 'amanta' });
    console.log(want, r && 'day' in r ? edtfDay(r.day) : r, r?.flags);
  }
  for (const y of [1801,1803,1804,1822,1841,1963,1964,1982,1983,2001,2004,2007,2010,2012,2015,2018,2020,2023,2026]) console.log(y, lunarMonths(y).filter(m=>m.adhik||m.kshaya).map(m=>`${m.adhik?'adhik':'kshaya'} ${m.month}`).join());
  const t=Date.now(); computeSamvat({ date: { era: 'samvat', year:1837, month:1, paksha:'sud', tithi:9 }, samvatYear: 'kartikadi', monthStyle: 'amanta' }); console.log(Date.now()-t,'ms');
});
