import { isLosslessNumber } from 'lossless-json';
import type { Decimal, ListingRecord } from './source-adapter.js';
import { RecordRefused } from './source-errors.js';

/** Reading one field of one record. Whatever can't be believed is a `RecordRefused` that names the field. */

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** USD for one unit. All the wealth of the world is below 1e15 USD: nothing can cost more. */
export const PRICE: Bounds = { min: 0, max: 1e15 };
/** USD in total: caps and volumes. Sources do multiply a thin price by a fantastic supply, so wider than a price. */
export const MONEY: Bounds = { min: 0, max: 1e18 };
/** Percent. Nothing loses more than all; a coin that was nearly worthless can gain by many orders. */
export const PERCENT: Bounds = { min: -100, max: 1e12 };

export const SYMBOL_LENGTH = 100;
export const NAME_LENGTH = 256;
const ID_LENGTH = 256;

/** Digits before the point, and after it. The smallest price seen has 35 decimals when written out. */
const MOST_DIGITS = 60;
const RANK: Bounds = { min: 0, max: 1e9 };
/** A source's clock may be off; so far it isn't. */
const MOST_AHEAD_MS = 86_400_000;
/** The first block of the first coin. Older times are a zero in disguise, such as 1970 or the year 1. */
const FIRST_BLOCK = Date.parse('2009-01-03T00:00:00Z');

const DIGITS = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const NOT_FINITE = /^[+-]?(nan|inf|infinity|∞)$/i;
const ISO_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) ?([Zz]|[+-]\d{2}:?\d{2})?)?$/;

export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw new RecordRefused('not_an_object', `the record is ${described(value)}, not an object`);
}

/** An object within a record, such as `quotes` of one whose price is `quotes.USD.price`. */
export function readObject(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  if (value === undefined || value === null)
    throw new RecordRefused('missing_field', `${field} is ${described(value)}`, field);
  throw new RecordRefused('wrong_type', `${field} is ${described(value)}, not an object`, field);
}

/** The source's id for an asset: non-empty, at most 256 characters. */
export function readId(value: unknown, field: string): string {
  const id = readText(value, field, ID_LENGTH);
  // As a key of a plain object it would set the prototype instead.
  if (id === '__proto__')
    throw new RecordRefused('reserved_id', `${field} is the reserved word __proto__`, field);
  return id;
}

/** Reads more of an asset whose id is known: what is refused then says whose it is. */
export function readMoreOf<Read>(sourceCoinId: string, read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RecordRefused)) throw error;
    throw new RecordRefused(error.reason, error.message, error.field, sourceCoinId);
  }
}

/** Text without surrounding space, in NFC so that equal text has equal bytes; never empty. */
export function readText(value: unknown, field: string, maxLength: number): string {
  if (value === undefined || value === null)
    throw new RecordRefused('missing_field', `${field} is ${value === null ? 'null' : 'missing'}`, field);
  if (typeof value !== 'string')
    throw new RecordRefused('wrong_type', `${field} is ${described(value)}, not text`, field);
  // With the u flag only an unpaired half matches. PostgreSQL stores neither it nor NUL.
  if (/\p{Surrogate}/u.test(value))
    throw new RecordRefused('lone_surrogate', `${field} has half of a surrogate pair`, field);
  const text = value.trim().normalize('NFC');
  if (text === '') throw new RecordRefused('empty_text', `${field} is empty`, field);
  if (text.length > maxLength)
    throw new RecordRefused(
      'text_too_long',
      `${field} has ${text.length} characters, more than ${maxLength}`,
      field,
    );
  if (/\p{Control}/u.test(text))
    throw new RecordRefused('control_character', `${field} has a control character`, field);
  return text;
}

/** A number of a JSON payload with all its digits; null where there is none. */
export function readDecimal(value: unknown, field: string, bounds: Bounds): Decimal | null {
  if (value === undefined || value === null) return null;
  if (isLosslessNumber(value)) return checkDecimal(value.value, field, bounds);
  if (typeof value === 'number') return checkDecimal(String(value), field, bounds);
  throw new RecordRefused('wrong_type', `${field} is ${described(value)}, not a number`, field);
}

/**
 * Checks digits such as `1.50`, `-3`, `3.8e-18` and writes them plainly (`1.5`, `-3`, `0.0000000000000000038`),
 * so that one value is one text. The value is exact: nothing is rounded.
 */
export function checkDecimal(text: string, field: string, bounds: Bounds): Decimal {
  if (NOT_FINITE.test(text)) throw new RecordRefused('not_finite', `${field} is ${text}`, field);
  const match = DIGITS.exec(text);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (!match || whole + fraction === '')
    throw new RecordRefused(
      'wrong_type',
      `${field} is not a number: ${JSON.stringify(text.slice(0, 40))}`,
      field,
    );

  const digits = (whole + fraction).replace(/^0+/, '').replace(/0+$/, '');
  if (digits === '') return '0';
  const trailingZeros = (whole + fraction).length - (whole + fraction).replace(/0+$/, '').length;
  /** The value is `digits` × 10^`power`. */
  const power = Number(exponent) - fraction.length + trailingZeros;
  const negative = sign === '-';
  if (negative && bounds.min === 0)
    throw new RecordRefused('negative', `${field} is negative: ${text.slice(0, 40)}`, field);
  // Before anything is written out: 1e-999999999 would be a gigabyte of zeros.
  if (digits.length + power > MOST_DIGITS || -power > MOST_DIGITS)
    throw new RecordRefused('out_of_range', `${field} is beyond reason: ${text.slice(0, 40)}`, field);

  const plain = (negative ? '-' : '') + writtenOut(digits, power);
  const size = Number(plain);
  if (size < bounds.min || size > bounds.max)
    throw new RecordRefused(
      'out_of_range',
      `${field} is not within ${bounds.min} and ${bounds.max}: ${text.slice(0, 40)}`,
      field,
    );
  return plain;
}

/** Null for 0, where a source writes 0 for what it doesn't know. */
export function unknownIfZero(value: Decimal | null): Decimal | null {
  return value === '0' ? null : value;
}

/** A place counted from 1; null for none, and for 0, which sources give to what they don't rank. */
export function readRank(value: unknown, field: string): number | null {
  const digits = unknownIfZero(readDecimal(value, field, RANK));
  if (digits === null) return null;
  if (!/^\d+$/.test(digits))
    throw new RecordRefused('wrong_type', `${field} is not a whole number: ${digits}`, field);
  return Number(digits);
}

/**
 * An ISO 8601 time, UTC where it names no zone; null for none. Whether it is yet to come depends on when it was said.
 * `asWritten`: what a refusal quotes.
 */
export function readTimestamp(value: unknown, field: string, asWritten?: string): Date | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string')
    throw new RecordRefused('wrong_type', `${field} is ${described(value)}, not a time as text`, field);
  const [, date = '', time = '00:00', zone = 'Z'] = ISO_TIME.exec(value.trim()) ?? [];
  const at = new Date(`${date}T${time}${zone.toUpperCase()}`);
  const refused = (why: string): RecordRefused =>
    new RecordRefused(
      'bad_timestamp',
      `${field} ${why}: ${JSON.stringify((asWritten ?? value).slice(0, 40))}`,
      field,
    );
  // Date takes 31 February for 3 March; only a day that comes back as it went in exists.
  const day = new Date(`${date}T00:00:00Z`).getUTCDate();
  if (Number.isNaN(at.getTime()) || day !== Number(date.slice(8))) throw refused('is not a time');
  if (at.getTime() < FIRST_BLOCK) throw refused('lies before the first coin');
  return at;
}

/** Refuses a record whose time is none a clock could have shown when its page was fetched. */
export function assertNotAhead(
  { sourceUpdatedAt, sourceCoinId }: Pick<ListingRecord, 'sourceUpdatedAt' | 'sourceCoinId'>,
  fetchedAt: Date,
): void {
  if (sourceUpdatedAt === null || sourceUpdatedAt.getTime() <= fetchedAt.getTime() + MOST_AHEAD_MS) return;
  const [time, then] = [sourceUpdatedAt.toISOString(), fetchedAt.toISOString()];
  throw new RecordRefused(
    'bad_timestamp',
    `its time, ${time}, lies more than a day ahead of ${then}, when the page was fetched`,
    null,
    sourceCoinId,
  );
}

function writtenOut(digits: string, power: number): string {
  if (power >= 0) return digits + '0'.repeat(power);
  const padded = digits.padStart(1 - power, '0');
  return `${padded.slice(0, power)}.${padded.slice(power)}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

function described(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (isLosslessNumber(value) || typeof value === 'number') return 'a number';
  if (typeof value === 'string') return 'text';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
