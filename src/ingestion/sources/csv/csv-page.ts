import { asRecord, assertNotAhead, MONEY, PRICE, readRank } from '../../record-reader.js';
import type { ListingRecord, PageReader } from '../../source-adapter.js';
import { RecordRefused, SourcePayloadInvalid } from '../../source-errors.js';
import { readAsset } from './csv-asset.js';
import {
  checkCurrency,
  decimalMarks,
  readMoney,
  readPercent,
  readPrice,
  type DecimalMark,
} from './csv-cells.js';
import { readHeader, type Header } from './csv-header-row.js';
import type { Field } from './csv-header-phrases.js';
import type { Column } from './csv-headers.js';
import { splitRows, type Row } from './csv-rows.js';
import { dateOrder, readTime, type DateOrder } from './csv-times.js';

type Record = Readonly<{ [header: string]: string | null }>;
type NumberField = Extract<Field, 'price' | 'marketCap' | 'volume24h' | 'priceChange24h'>;

const NUMBER_FIELDS: readonly NumberField[] = ['price', 'marketCap', 'volume24h', 'priceChange24h'];

/** The rows of pages that were just cut, by their bytes: cutting them took as long as reading them. */
const CUT = new WeakMap<Buffer, readonly Row[]>();

/** A page of these bytes, whose first is the header row's and whose others are those of `rows`. */
export function csvPage(header: Buffer, bytes: Buffer, rows: readonly Row[]): Buffer {
  const body = Buffer.concat([header, bytes]);
  CUT.set(body, rows);
  return body;
}

/** Reads a page: the file's header row, then some of its rows, as they are in the file. */
export function openCsvPage(body: Buffer): PageReader {
  const header = readHeader(body, true);
  if (!header.usable)
    throw new SourcePayloadInvalid('the page does not begin with a header row that names a coin and a price');
  const bytes = body.subarray(header.end);
  const cut = CUT.get(body) ?? splitRows(bytes, header.layout, true).rows;
  const rows = cut.filter((row) => isFilled(row, header));

  const whyBroken = new Map<unknown, string>();
  const records = rows.map((row) => {
    const why = whyUnusable(row, header);
    if (why === null && row.cells) return recordOf(header, row.cells);
    // Kept as its text: which cell belongs to which column can't be said.
    const text = bytes.toString('utf8', row.start, row.end).trim();
    whyBroken.set(text, why ?? '');
    return text;
  });

  const { columns } = header;
  const habits = { marks: marksOf(header, records), dates: dateOrder(cellsOf(records, columns.updatedAt)) };
  const required = [columns.id, columns.symbol, columns.name, columns.price];
  return {
    kind: 'listings',
    records,
    required: required.flatMap((column) => (column ? [column.header] : [])),
    read: (record) => {
      const why = whyBroken.get(record);
      if (why !== undefined) throw new RecordRefused('not_an_object', why);
      return readRecord(asRecord(record), header, habits);
    },
  };
}

/** Why the first row of a page can't be read, where none can; null: one can. */
export function whyUnreadable(body: Buffer, fetchedAt: Date): string | null {
  const page = openCsvPage(body);
  let why: string | null = null;
  for (const record of page.records) {
    try {
      const read = page.read(record);
      if ('sourceUpdatedAt' in read) assertNotAhead(read, fetchedAt);
      return null;
    } catch (error) {
      if (!(error instanceof RecordRefused)) throw error;
      why ??= error.message;
    }
  }
  return why ?? 'the page has no rows';
}

function recordOf({ headers }: Header, cells: readonly string[]): Record {
  // An own property also where the header is `__proto__`.
  return Object.fromEntries(headers.map((header, index) => [header, cells[index] || null]));
}

/** False for rows without a cell that says anything, and for the header again, as in files glued together. */
function isFilled({ cells }: Row, { names }: Header): boolean {
  if (!cells) return true;
  return cells.some(Boolean) && !names.every((name, index) => name === (cells[index] ?? ''));
}

function whyUnusable({ cells }: Row, { headers }: Header): string | null {
  if (!cells) return 'the row has a quote that is never closed';
  const filled = cells.findLastIndex(Boolean) + 1;
  // A number with commas outside quotes moves all that follows one column on.
  if (filled > headers.length) return `the row has ${filled} cells, its header ${headers.length}`;
  // Likely two rows that a stray quote made one.
  if (cells.length < headers.length && cells.some((cell) => cell.includes('\n')))
    return `the row has a line break in a cell and ${cells.length} cells instead of ${headers.length}`;
  return null;
}

type Marks = Readonly<{ [field in NumberField]: DecimalMark | null }>;

/**
 * A file says how it writes numbers and dates only in its cells, so each page finds out from its own: a page alone gives
 * the same records as among others.
 */
interface Habits {
  readonly marks: Marks;
  readonly dates: DateOrder | null;
}

function cellsOf(records: readonly (Record | string)[], column: Column | undefined): readonly string[] {
  if (!column) return [];
  return records.flatMap((record) => (typeof record === 'string' ? [] : (record[column.header] ?? [])));
}

function marksOf({ columns, layout }: Header, records: readonly (Record | string)[]): Marks {
  const [price = null, marketCap = null, volume24h = null, priceChange24h = null] = decimalMarks(
    NUMBER_FIELDS.map((field) => cellsOf(records, columns[field])),
    // Who parts cells by semicolons has commas elsewhere: as decimal marks, or not.
    layout.delimiter === ';' ? null : '.',
  );
  return { price, marketCap, volume24h, priceChange24h };
}

function readRecord(
  record: Readonly<{ [header: string]: unknown }>,
  { columns }: Header,
  { marks, dates }: Habits,
): ListingRecord {
  const cell = (field: Field): unknown => record[columns[field]?.header ?? ''];
  const text = (field: Field): string | null => {
    const value = cell(field);
    if (value === undefined || value === null) return null;
    if (typeof value === 'string') return value;
    const header = columns[field]?.header ?? field;
    throw new RecordRefused('wrong_type', `${header} is not text`, header);
  };
  const { price, marketCap, volume24h, priceChange24h, rank, updatedAt, currency } = columns;
  if (currency) checkCurrency(text('currency'), currency, currency.index === columns.name?.index);
  return {
    ...readAsset(columns, cell),
    price: price ? readPrice(text('price'), price, PRICE, marks.price) : null,
    marketCap: marketCap ? readMoney(text('marketCap'), marketCap, MONEY, marks.marketCap) : null,
    volume24h: volume24h ? readMoney(text('volume24h'), volume24h, MONEY, marks.volume24h) : null,
    priceChange24h: priceChange24h
      ? readPercent(text('priceChange24h'), priceChange24h, marks.priceChange24h)
      : null,
    rank: rank ? readPlace(text('rank'), rank.header) : null,
    sourceUpdatedAt: updatedAt ? readTime(text('updatedAt'), updatedAt.header, dates) : null,
  };
}

/** `1`, `#1`, `1.0`, `1,024`. */
function readPlace(cell: string | null, header: string): number | null {
  const digits = /^#?\s*(\d{1,3}(?:[,.' ]\d{3})+|\d{1,10})(?:[.,]0*)?$/.exec(cell ?? '')?.[1];
  if (digits !== undefined) return readRank(Number(digits.replace(/\D/g, '')), header);
  if (cell === null || /^([-–—?]*|n\/?a|nan|null|none)$/i.test(cell)) return null;
  throw new RecordRefused(
    'wrong_type',
    `${header} is not a whole number: ${JSON.stringify(cell.slice(0, 40))}`,
    header,
  );
}
