import { checkDecimal, PERCENT, type Bounds } from '../../record-reader.js';
import type { Decimal } from '../../source-adapter.js';
import { RecordRefused } from '../../source-errors.js';
import type { Column } from './csv-headers.js';

/** Reading numbers as people print them: `"$39,979.12"`, `US$26.247,60`, `+2.01%`, `(1.5)`, `1.2B`, `960,017 BTC`. */

export type DecimalMark = '.' | ',';

type Unit = 'usd' | 'percent' | 'none' | 'other';

interface NumberCell {
  readonly sign: '' | '-';
  /** Digits with dots and commas in them. */
  readonly digits: string;
  /** Powers of ten that `e+11` and `B` stand for. */
  readonly power: number;
  readonly unit: Unit;
  /** The decimal mark as this cell alone shows it; null: `1,234` may be either, or there is no mark. */
  readonly mark: DecimalMark | null;
}

const MISSING = /^([-–—?]*|n\/?a|nan|null|none|nil|undefined|#n\/a|#value!|#ref!|#div\/0!)$/i;
/** What stands before the digits, the digits, an exponent, what stands behind them. */
const CELL = /^([^\d.,]*)((?:[.,]?\d[\d.,'’\s]*?))(?:[eE]([+-]?\d+))?(?![\d.,])\s*([^\d]*)$/u;
/** More than any number has; keeps the patterns off a page of white space. */
const LONGEST = 100;
const CURRENCY = /^(?:us\s?\$|usd|\$)$/i;
const DOWN = /[-−–▼▽↓]/u;
const SIGNS = /[-−–▼▽↓+▲△↑()\s]/gu;
const SCALED = /^(k|thousand|m|mn|mm|mio|million|b|bn|bio|mrd|billion|t|tn|trn|trillion)\b\.?\s*(.*)$/iu;
const POWER_OF: Readonly<Record<string, number>> = { k: 3, th: 3, m: 6, mr: 9, b: 9, t: 12, tr: 12 };

/** `missing` where the cell says there is no value. A cell that isn't a number is given to `checkDecimal` to refuse. */
function parseNumber(cell: string): NumberCell | 'missing' | 'unreadable' {
  if (
    MISSING.test(
      cell
        .slice(0, LONGEST)
        .replace(/^(?:us\s?\$|usd|\$)\s*/i, '')
        .trim(),
    )
  )
    return 'missing';
  if (cell.length > LONGEST) return 'unreadable';
  const [, before = '', body = '', exponent, after = ''] = CELL.exec(cell) ?? [];
  // Groups of thousands by space or apostrophe leave no doubt what a dot or comma beside them is.
  const spaced = /['’\s]/u.test(body.trim());
  if (spaced && !/^\d{1,3}(?:['’\s]\d{3})+(?:[.,]\d*)?$/u.test(body.trim())) return 'unreadable';
  const digits = body.replace(/['’\s]/gu, '');
  if (digits === '' || !isGrouped(digits)) return 'unreadable';

  const [, scale = '', rest = after] = SCALED.exec(after.trim()) ?? [];
  return {
    sign: DOWN.test(before) || (before.includes('(') && after.includes(')')) ? '-' : '',
    digits,
    power: Number(exponent ?? 0) + powerOf(scale),
    unit: unitOf(before.replace(SIGNS, ''), rest.replace(/[)\s]/gu, '')),
    mark: markOf(digits, spaced || exponent !== undefined),
  };
}

function powerOf(scale: string): number {
  const word = scale.toLowerCase();
  return POWER_OF[word === 'mrd' ? 'mr' : word.startsWith('th') ? 'th' : word.slice(0, 1)] ?? 0;
}

function unitOf(before: string, after: string): Unit {
  const unit = before || after;
  if (unit === '') return 'none';
  if (before !== '' && after !== '' && !(CURRENCY.test(before) && CURRENCY.test(after))) return 'other';
  if (unit === '%') return 'percent';
  return CURRENCY.test(unit) ? 'usd' : 'other';
}

/** Whether dots and commas stand where they can in a number; `1.2.3` and `1,23.4` are none. */
function isGrouped(digits: string): boolean {
  return /^(?:\d*[.,]?\d*|\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d*)?|\d{1,3}(?:\.\d{2,3})*\.\d{3}(?:,\d*)?)$/.test(
    digits,
  );
}

function markOf(digits: string, certain: boolean): DecimalMark | null {
  const [first, ...others] = digits.match(/[.,]/g) ?? [];
  if (first !== '.' && first !== ',') return null;
  const other = first === '.' ? ',' : '.';
  // Several marks: the first one parts thousands.
  if (others.length > 0) return other;
  const thousandsPossible = /^[1-9]\d{0,2}[.,]\d{3}$/.test(digits);
  return certain || !thousandsPossible ? first : null;
}

/** Cells of one mark that outweigh one of the other: a single odd cell doesn't put a column in doubt. */
const MAJORITY = 10;

/**
 * The decimal mark of each column, from the cells that leave no doubt; a column without any goes by the others
 * of the page. Without all evidence it is `otherwise`; against each other, null: only cells clear by themselves count.
 */
export function decimalMarks(
  columns: readonly (readonly string[])[],
  otherwise: DecimalMark | null = '.',
): (DecimalMark | null)[] {
  const seen = columns.map((cells) => {
    const marks = cells.map(markIn);
    return {
      dots: marks.filter((mark) => mark === '.').length,
      commas: marks.filter((mark) => mark === ',').length,
    };
  });
  const sum = (of: (column: { dots: number; commas: number }) => number): number =>
    seen.reduce((total, column) => total + of(column), 0);
  const page =
    sum(({ dots, commas }) => dots + commas) === 0
      ? otherwise
      : majority(
          sum(({ dots }) => dots),
          sum(({ commas }) => commas),
        );
  return seen.map(({ dots, commas }) => (dots + commas > 0 ? majority(dots, commas) : page));
}

function majority(dots: number, commas: number): DecimalMark | null {
  if (dots >= commas * MAJORITY) return '.';
  return commas >= dots * MAJORITY ? ',' : null;
}

function markIn(cell: string): DecimalMark | null {
  const number = parseNumber(cell);
  return typeof number === 'string' ? null : number.mark;
}

/** Digits for `checkDecimal`; null where dot and comma can't be told apart. */
function digitsOf(
  { sign, digits, power, mark: own }: NumberCell,
  columnMark: DecimalMark | null,
): string | null {
  const mark = own ?? columnMark;
  if (mark === null && /[.,]/.test(digits)) return null;
  const plain = mark === ',' ? digits.replaceAll('.', '').replace(',', '.') : digits.replaceAll(',', '');
  return `${sign}${plain}${power === 0 ? '' : `e${power}`}`;
}

/** An amount in USD. Null where there is none, or one in another unit (`960,017 BTC`). */
export function readMoney(
  cell: string | null,
  column: Column,
  bounds: Bounds,
  mark: DecimalMark | null,
): Decimal | null {
  return readNumber(cell, column, bounds, mark, 'usd');
}

/** A percentage as the file has it: whether `0.03` means 3 % it doesn't say. Null where there is none. */
export function readPercent(cell: string | null, column: Column, mark: DecimalMark | null): Decimal | null {
  return readNumber(cell, column, PERCENT, mark, 'percent');
}

/** A price in USD, or none. One in another unit is refused: the coin would seem to have no price. */
export function readPrice(
  cell: string | null,
  column: Column,
  bounds: Bounds,
  mark: DecimalMark | null,
): Decimal | null {
  const number = parseNumber(cell ?? '');
  if (typeof number !== 'string' && !fits(number, column, 'usd'))
    throw new RecordRefused(
      'wrong_type',
      `${column.header} is not plainly in USD: ${quoted(cell)}`,
      column.header,
    );
  return readNumber(cell, column, bounds, mark, 'usd');
}

const US_DOLLARS = /^(?:us\s?\$|\$|usd|(?:us\s)?dollars?)$/i;
const CURRENCY_CODES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** Refuses a row whose numbers are said to be in another unit. `orName`: the column may as well name the coin. */
export function checkCurrency(cell: string | null, { header }: Column, orName: boolean): void {
  const said = cell?.trim() ?? '';
  if (MISSING.test(said) || US_DOLLARS.test(said)) return;
  if (orName && !CURRENCY_CODES.has(said.toUpperCase())) return;
  throw new RecordRefused('wrong_type', `${header} is ${quoted(cell)}; only prices in USD are read`, header);
}

function readNumber(
  cell: string | null,
  column: Column,
  bounds: Bounds,
  mark: DecimalMark | null,
  wanted: 'usd' | 'percent',
): Decimal | null {
  if (cell === null) return null;
  const number = parseNumber(cell);
  if (number === 'missing') return null;
  if (number === 'unreadable') return checkDecimal(cell, column.header, bounds);
  if (!fits(number, column, wanted)) return null;
  const digits = digitsOf(number, mark);
  if (digits === null)
    throw new RecordRefused(
      'wrong_type',
      `${column.header} is ${quoted(cell)}, whose mark may be decimal or of thousands`,
      column.header,
    );
  return checkDecimal(digits, column.header, bounds);
}

function fits({ unit }: NumberCell, { doubtful }: Column, wanted: 'usd' | 'percent'): boolean {
  return unit === wanted || (unit === 'none' && !doubtful);
}

function quoted(cell: string | null): string {
  return JSON.stringify((cell ?? '').slice(0, 40));
}
