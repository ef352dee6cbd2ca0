import { readTimestamp } from '../../record-reader.js';

/** Seconds, milliseconds or microseconds since 1970, told by their digits, whose number is the same from 2001 to 2286. */
const EPOCH = /^(\d{10}|\d{13}|\d{16})(?:\.\d+)?$/;
const COMPACT = /^(20\d{2})(\d{2})(\d{2})$/;
/** More than any time has. */
const LONGEST = 100;
const MISSING = /^([-–—?]*|n\/?a|nan|nat|null|none)$/i;
const YEAR_FIRST = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(.*)$/;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(.*)$/;
/** `Dec 6, 2017`, `6 December 2017 10:00 UTC`, `Wed, 06 Dec 2017 10:00:00 GMT`. */
const MONTH_NAMED = /^[a-z]*,? ?(?:\d{1,2} [a-z]{3,9},? \d{4}|[a-z]{3,9} \d{1,2},? \d{4})( .*)?$/i;
const ZONE = /(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$/i;
/** A spreadsheet's `1.51255E+09`: most of the time's digits are gone. */
const DIGITS_LOST = /^\d(?:[.,]\d+)?E\+?\d+$/i;

/** A cell's time, UTC where it names no zone. Null for none, and for what can't be told, such as `03/04/2021`. */
export function readTime(cell: string | null, header: string): Date | null {
  if (cell === null || MISSING.test(cell) || DIGITS_LOST.test(cell)) return null;
  const iso = cell.length > LONGEST ? cell : isoOf(cell);
  return iso === null ? null : readTimestamp(iso, header);
}

/** As ISO 8601; null when two readings are possible; text that is no time stays, to be refused by name. */
function isoOf(cell: string): string | null {
  const epoch = EPOCH.exec(cell);
  if (epoch) {
    const digits = epoch[1] ?? '';
    const unit = digits.length <= 10 ? 1000 : digits.length <= 13 ? 1 : 0.001;
    return new Date(Math.floor(Number(cell) * unit)).toISOString();
  }
  const yearFirst = YEAR_FIRST.exec(cell.replace(COMPACT, '$1-$2-$3'));
  if (yearFirst) {
    const [, year = '', month = '', day = '', time = ''] = yearFirst;
    return isoDate(year, month, day) + isoTime(time);
  }
  const yearLast = YEAR_LAST.exec(cell);
  if (yearLast) {
    const [, first = '', separator, second = '', year = '', time = ''] = yearLast;
    // With dots it is day first wherever it is written.
    const dayFirst = separator === '.' || Number(first) > 12 || first === second;
    if (!dayFirst && Number(second) <= 12) return null;
    const [day, month] = dayFirst ? [first, second] : [second, first];
    return isoDate(year, month, day) + isoTime(time);
  }
  if (MONTH_NAMED.test(cell)) {
    const at = new Date(ZONE.test(cell) ? cell : `${cell} UTC`);
    if (!Number.isNaN(at.getTime())) return at.toISOString();
  }
  return cell;
}

function isoDate(year: string, month: string, day: string): string {
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** ` 9:05:01 UTC` as ` 09:05:01Z`, `10:00:00+00` as `10:00:00+00:00`. */
function isoTime(time: string): string {
  return time
    .trimEnd()
    .replace(/ ?(?:UTC|GMT)$/i, 'Z')
    .replace(/^([T ])(\d):/, '$10$2:')
    .replace(/(:\d{2}(?:\.\d+)? ?[+-]\d{2})$/, '$1:00');
}
