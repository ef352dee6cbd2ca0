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
const MONTH_NAMED = /^[a-z]*,? ?(?:\d{1,2}\.? [a-z]{3,9},? \d{4}|[a-z]{3,9} \d{1,2},? \d{4})( .*)?$/i;
const ZONE = /(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$/i;
/** ` 1:00 PM`, of whatever minutes and seconds. */
const TWELVE_HOURS = /^([T ])(0?[1-9]|1[0-2])(:\d{2}(?::\d{2}(?:\.\d+)?)?) ?([ap])\.?m\.?(?=Z?$)/i;
/** A spreadsheet's `1.51255E+09`: most of the time's digits are gone. */
const DIGITS_LOST = /^\d(?:[.,]\d+)?E\+?\d+$/i;

export type DateOrder = 'day first' | 'month first';

/**
 * Which comes first in `03/04/2021`, by the cells of its column that leave no doubt, such as `31/10/2021`. Null where none
 * does, or where they contradict each other.
 */
export function dateOrder(cells: readonly string[]): DateOrder | null {
  const orders = new Set(cells.map((cell) => yearLast(cell)?.order ?? null));
  orders.delete(null);
  const [order = null, ...others] = orders;
  return others.length === 0 ? order : null;
}

/** The cells of a column whose day and month can't be told apart. */
export function undecidedDates(cells: readonly string[]): readonly string[] {
  return dateOrder(cells) === null ? cells.filter(isUndecided) : [];
}

/** A cell's time, UTC where it names no zone. Null for none, and for what can't be told, such as `03/04/2021`. */
export function readTime(cell: string | null, header: string, columnOrder: DateOrder | null): Date | null {
  if (cell === null || MISSING.test(cell) || DIGITS_LOST.test(cell)) return null;
  const iso = cell.length > LONGEST ? cell : isoOf(cell, columnOrder);
  return iso === null ? null : readTimestamp(iso, header, cell);
}

interface YearLast {
  readonly first: string;
  readonly second: string;
  readonly year: string;
  readonly time: string;
  /** As far as it can be seen from the date itself. */
  readonly order: DateOrder | null;
}

function yearLast(cell: string): YearLast | null {
  const [, first = '', separator, second = '', year = '', time = ''] = YEAR_LAST.exec(cell) ?? [];
  return separator === undefined
    ? null
    : { first, second, year, time, order: orderOf(Number(first), separator, Number(second)) };
}

function orderOf(first: number, separator: string, second: number): DateOrder | null {
  // With dots it is day first wherever it is written.
  if (separator === '.' || first > 12) return 'day first';
  return second > 12 ? 'month first' : null;
}

function isUndecided(cell: string): boolean {
  const date = yearLast(cell);
  return date !== null && date.order === null && Number(date.first) !== Number(date.second);
}

/** As ISO 8601; null when two readings are possible; text that is no time stays, to be refused by name. */
function isoOf(cell: string, columnOrder: DateOrder | null): string | null {
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
  const date = yearLast(cell);
  if (date) {
    if (columnOrder === null && isUndecided(cell)) return null;
    const monthFirst = (date.order ?? columnOrder) === 'month first';
    const [day, month] = monthFirst ? [date.second, date.first] : [date.first, date.second];
    return isoDate(date.year, month, day) + isoTime(date.time);
  }
  if (MONTH_NAMED.test(cell)) {
    const text = cell.replace(/(\d)\. /, '$1 ');
    const at = new Date(ZONE.test(text) ? text : `${text} UTC`);
    if (!Number.isNaN(at.getTime())) return at.toISOString();
  }
  return cell;
}

function isoDate(year: string, month: string, day: string): string {
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** ` 9:05:01 UTC` as ` 09:05:01Z`, `10:00:00+00` as `10:00:00+00:00`, ` 1:00 PM` as ` 13:00`. */
function isoTime(time: string): string {
  return time
    .trimEnd()
    .replace(/^, ?/, ' ')
    .replace(/ ?(?:UTC|GMT)$/i, 'Z')
    .replace(TWELVE_HOURS, (_all, gap: string, hour: string, rest: string, half: string) => {
      const hours = (Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
      return `${gap}${hours}${rest}`;
    })
    .replace(/^([T ])(\d):/, '$10$2:')
    .replace(/(:\d{2}(?:\.\d+)? ?[+-]\d{2})$/, '$1:00');
}
