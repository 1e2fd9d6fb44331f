export { type Money, addMinor, divideHalfEven, formatMoney, money, parseDecimalToMinor } from './money';
export { currencyExponent, isCurrency } from './currency';
export {
  addDays,
  addMonthsClamped,
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  isCivilDate,
  isoWeekday,
  splitCivil,
} from './civil-date';
export { addMonths, isMonth, monthOf, monthPeriod } from './month';
export { type BlobRef, type RunIds } from './refs';
