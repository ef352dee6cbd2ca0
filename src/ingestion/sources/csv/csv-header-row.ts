import { columnsOf, uniqueHeaders, type Columns } from './csv-headers.js';
import { MAX_ROW_BYTES, splitRows, type Layout } from './csv-rows.js';

export interface Header {
  readonly layout: Layout;
  /** The cells as they are. */
  readonly names: readonly string[];
  /** The names of a row's cells: none empty, none twice. */
  readonly headers: readonly string[];
  readonly columns: Columns;
  /** Where it starts: behind a byte-order mark and blank lines. */
  readonly start: number;
  /** Where the rows start. */
  readonly end: number;
  /** Whether it names a price, and a symbol or a name. */
  readonly usable: boolean;
}

const DELIMITERS = [',', ';', '\t', '|'] as const;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** Rows above the header that people leave: a title, a date, a spreadsheet's `sep=;`. */
const ROWS_ABOVE = 20;

/**
 * The first row as a header. Its delimiter is the one under which it means most; the rows aren't asked, so that
 * each page of a file has the same.
 */
export function readHeader(bytes: Buffer, complete: boolean): Header {
  const marked = bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const blank = bytes.subarray(marked).findIndex((byte) => byte !== 0x0a && byte !== 0x0d);
  const start = marked + Math.max(blank, 0);
  const text = bytes.subarray(start);
  const newline = /^[^\r\n]*\r(?!\n)/.test(text.toString('latin1', 0, MAX_ROW_BYTES).trimStart())
    ? '\r'
    : '\n';
  const candidates = DELIMITERS.map((delimiter): Header => {
    const layout: Layout = { delimiter, newline };
    const { rows, end } = splitRows(text, layout, complete, 1);
    const names = rows[0]?.cells ?? [];
    const columns = columnsOf(names);
    return {
      layout,
      names,
      headers: uniqueHeaders(names),
      columns,
      start,
      end: start + (rows[0]?.end ?? end),
      usable: Boolean(columns.price && (columns.symbol ?? columns.name)),
    };
  });
  return candidates.reduce((best, header) => (worth(header) > worth(best) ? header : best));
}

function worth({ usable, columns, names }: Header): number {
  const certainty = Object.values(columns).reduce((sum, column) => sum + column.confidence, 0);
  return (usable ? 100 : 0) + certainty + Math.min(names.length, 50) / 1000;
}

/** The header of a file from its first bytes, also below a title; null when no row is one. */
export function findHeader(head: Buffer, complete: boolean): Header | null {
  let at = 0;
  for (let row = 0; row < ROWS_ABOVE && at < head.length; row++) {
    const header = readHeader(head.subarray(at), complete);
    if (header.usable) return { ...header, start: at + header.start, end: at + header.end };
    const line = head.indexOf(header.layout.newline, at);
    if (line < 0) return null;
    at = line + 1;
  }
  return null;
}
