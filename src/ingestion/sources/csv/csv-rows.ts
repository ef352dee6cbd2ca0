import { isUtf8 } from 'node:buffer';
import { CsvError, parse } from 'csv-parse/sync';

/**
 * Cutting bytes into rows. Fetching and opening a page use this one function, so that a page read alone gives
 * the rows it was cut from, also around broken ones.
 */

/** Bytes one row may have. An opened quote that is never closed would otherwise make the rest of a file one row. */
export const MAX_ROW_BYTES = 64 * 1024;

const LF = 0x0a;
const CR = 0x0d;

export interface Layout {
  readonly delimiter: string;
  /** `\r` only for files of old Macs; `\n` takes `\r\n` too, as files glued together have both. */
  readonly newline: '\n' | '\r';
}

export interface Row {
  readonly start: number;
  /** Where the next row starts. */
  readonly end: number;
  /** Null: the row's quotes can't be understood; the row is one line of the file. */
  readonly cells: readonly string[] | null;
}

type WholeRow = Row & { readonly cells: readonly string[] };

export interface Split {
  readonly rows: readonly Row[];
  /** Bytes used; what follows is not a whole row yet. */
  readonly end: number;
  /** At `end` starts a line longer than a row may be. */
  readonly tooLong: boolean;
}

/** `complete`: nothing follows the bytes, so their last row needs no line break. */
export function splitRows(bytes: Buffer, layout: Layout, complete: boolean, limit = Infinity): Split {
  // Half of a `\r\n`; the parser would take the lone `\r` for text after a closing quote.
  if (!complete && layout.newline === '\n' && bytes.at(-1) === CR)
    return splitRows(bytes.subarray(0, -1), layout, complete, limit);
  const rows: Row[] = [];
  let at = 0;
  while (at < bytes.length && rows.length < limit) {
    const run = parseRun(bytes.subarray(at), layout, { limit: limit - rows.length });
    for (const row of run.rows) rows.push({ ...row, start: row.start + at, end: row.end + at });

    const last = rows.at(-1);
    if (!complete && last && last.end === bytes.length && !endsLine(bytes, layout)) rows.pop();
    at = skipBlankLines(bytes, rows.at(-1)?.end ?? 0);
    // Without a mark to go wrong on, such as a line of nothing but commas.
    if (!run.error) {
      const more = !complete && rows.length < limit;
      return { rows, end: at, tooLong: more && bytes.length - at > MAX_ROW_BYTES };
    }

    const fits = bytes.length - at < MAX_ROW_BYTES;
    if (run.error.code === 'CSV_QUOTE_NOT_CLOSED' && !complete && fits) break;
    const lineEnd = endOfLine(bytes, at, layout);
    if (lineEnd === null && !complete && fits) break;
    const end = lineEnd ?? bytes.length;
    if (end - at > MAX_ROW_BYTES) return { rows, end: at, tooLong: true };
    rows.push({ start: at, end, cells: cellsOfLine(bytes.subarray(at, end), layout) });
    at = end;
  }
  return { rows, end: at, tooLong: false };
}

/** A line whose quotes are broken by the book: read with quotes as plain characters where they don't enclose. */
function cellsOfLine(line: Buffer, layout: Layout): readonly string[] | null {
  const { rows, error } = parseRun(line, layout, { limit: 2, relaxQuotes: true });
  const [only, second] = rows;
  return only && !second && !error ? only.cells.map(unquoted) : null;
}

function parseRun(
  bytes: Buffer,
  layout: Layout,
  { limit, relaxQuotes = false }: { limit: number; relaxQuotes?: boolean },
): { rows: WholeRow[]; error: CsvError | null } {
  const rows: WholeRow[] = [];
  try {
    parse(bytes, {
      // Bytes, as each cell's encoding is decided by its own. Not `latin1` either: under it `ltrim` takes `(`,
      // `/` and `_` for white space, the low bytes of U+2028, U+202F and U+205F.
      encoding: null,
      delimiter: layout.delimiter,
      record_delimiter: layout.newline === '\n' ? ['\r\n', '\n'] : ['\r'],
      // As in `Bitcoin, "BTC"`.
      ltrim: true,
      relax_column_count: true,
      relax_quotes: relaxQuotes,
      skip_empty_lines: true,
      max_record_size: MAX_ROW_BYTES,
      ...(limit === Infinity ? {} : { to: limit }),
      on_record: (cells: readonly unknown[], { bytes: end }) => {
        rows.push({ start: rows.at(-1)?.end ?? 0, end, cells: cells.map(decoded) });
        return null;
      },
    });
  } catch (error) {
    if (error instanceof CsvError) return { rows, error };
    throw error;
  }
  return { rows, error: null };
}

const UTF8 = new TextDecoder('utf-8');
/** What Windows has from 0x80 to 0x9f, where Latin-1 has nothing. Node 20's own decoder doesn't know it. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** UTF-8, else what Windows calls Latin-1. Told by the cell, as no other part of a page may matter to it. */
function decoded(cell: unknown): string {
  if (!Buffer.isBuffer(cell)) throw new TypeError('the parser gives cells as bytes when it has no encoding');
  if (isUtf8(cell)) return UTF8.decode(cell).trim();
  const latin1 = cell.toString('latin1');
  return latin1.replace(/[\x80-\x9f]/g, (byte) => WINDOWS_1252[byte.charCodeAt(0) - 0x80] ?? byte).trim();
}

function unquoted(cell: string): string {
  return /^".*"$/s.test(cell) ? cell.slice(1, -1).replaceAll('""', '"').trim() : cell;
}

function skipBlankLines(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === LF || bytes[at] === CR) at++;
  return at;
}

function endsLine(bytes: Buffer, layout: Layout): boolean {
  return bytes.at(-1) === layout.newline.charCodeAt(0);
}

function endOfLine(bytes: Buffer, from: number, layout: Layout): number | null {
  const at = bytes.indexOf(layout.newline, from);
  return at < 0 ? null : at + 1;
}
