import type { Bytes } from './csv-bytes.js';
import type { Header } from './csv-header-row.js';
import { MAX_ROW_BYTES, splitRows } from './csv-rows.js';
import type { Row } from './csv-rows.js';

/** Rows and bytes one page has at most; the bytes hold several of the longest rows. */
const PAGE_ROWS = 1000;
const PAGE_BYTES = 8 * MAX_ROW_BYTES;
const READ_BYTES = 2 * PAGE_BYTES;

export interface Position {
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Rows read before it, the header not counted. */
  readonly row: number;
}

export interface Chunk {
  readonly bytes: Buffer;
  readonly rows: readonly Row[];
  /** The first and the last row in it, counted from 1. */
  readonly first: number;
  readonly last: number;
  readonly next: Position;
}

/**
 * A file's rows from a position on, in pieces of a page. Holds no more than `READ_BYTES` whatever the file has.
 * A line too long to be a row is left out and told to `skipped`.
 */
export async function* chunksOf(
  file: Bytes,
  { layout }: Header,
  from: Position,
  skipped: (row: number) => void,
): AsyncGenerator<Chunk> {
  const ahead = new ReadAhead(file, from.offset);
  let row = from.row;
  for (;;) {
    await ahead.fill();
    const bytes = ahead.bytes.subarray(0, PAGE_BYTES);
    const complete = ahead.atEnd && bytes.length === ahead.bytes.length;
    const { rows, end, tooLong } = splitRows(bytes, layout, complete, PAGE_ROWS);
    const first = row + 1;
    row += rows.length;
    if (rows.some(({ cells }) => cells?.some(Boolean) ?? true)) {
      // A copy: the page outlives the bytes read ahead.
      const copy = Buffer.from(bytes.subarray(0, end));
      yield { bytes: copy, rows, first, last: row, next: { offset: ahead.offset + end, row } };
    }
    ahead.drop(end);
    if (tooLong) {
      row += 1;
      skipped(row);
      await ahead.dropLine(layout.newline);
    } else if (complete && rows.length < PAGE_ROWS) return;
  }
}

/** The bytes that come next in a file. */
class ReadAhead {
  bytes: Buffer = Buffer.alloc(0);
  atEnd = false;

  constructor(
    private readonly file: Bytes,
    /** Where `bytes` starts in the file. */
    public offset: number,
  ) {}

  /** Reads on until there is a page's worth, or the end. */
  async fill(): Promise<void> {
    if (this.bytes.length >= PAGE_BYTES) return;
    const buffer = Buffer.alloc(READ_BYTES);
    let filled = this.bytes.copy(buffer);
    while (!this.atEnd && filled < READ_BYTES) {
      const { bytesRead } = await this.file.read(buffer, filled, READ_BYTES - filled, this.offset + filled);
      filled += bytesRead;
      this.atEnd = bytesRead === 0;
    }
    this.bytes = buffer.subarray(0, filled);
  }

  drop(length: number): void {
    this.bytes = this.bytes.subarray(length);
    this.offset += length;
  }

  async dropLine(newline: string): Promise<void> {
    for (;;) {
      await this.fill();
      const at = this.bytes.indexOf(newline);
      this.drop(at < 0 ? this.bytes.length : at + 1);
      if (at >= 0 || this.atEnd) return;
    }
  }
}
