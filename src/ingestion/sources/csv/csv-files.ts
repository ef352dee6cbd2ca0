import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SourcePayloadInvalid, SourceUnavailable } from '../../source-errors.js';
import { CsvFileUnusable, isFileError, type Bytes } from './csv-bytes.js';
import { findHeader, readHeader, type Header } from './csv-header-row.js';
import { MAX_ROW_BYTES, splitRows } from './csv-rows.js';

export interface CsvFile {
  /** Without its folder: what a page and the memory call it. */
  readonly name: string;
  readonly path: string;
}

/** The file at a path, or every `*.csv` right in that folder, sorted by name. */
export async function csvFilesAt(path: string): Promise<CsvFile[]> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return [{ name: basename(path), path }];
    const entries = (await readdir(path, { withFileTypes: true })).filter((entry) => !entry.isDirectory());
    // Hidden ones are other programs' leftovers, such as macOS' `._coins.csv`.
    const names = entries.map(({ name }) => name).filter((name) => /^[^.].*\.csv$/i.test(name));
    const files = names.sort().map((name) => ({ name, path: join(path, name) }));
    if (files.length === 0) throw new SourcePayloadInvalid('CSV_PATH is a folder without a *.csv file');
    return files;
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw new SourceUnavailable(`CSV_PATH can't be read (${error.code}): is there such a file or folder?`, {
      cause: error,
    });
  }
}

const HASH_BYTES = 1024 * 1024;

/** The SHA-256 of a file's content. */
export async function contentHash(file: FileHandle, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(HASH_BYTES);
  for (let at = 0; ;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, HASH_BYTES, at);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

/** Changes when a file's content does, without reading it. */
export async function versionOf(file: FileHandle): Promise<string> {
  const { size, mtimeNs, ctimeNs }: BigIntStats = await file.stat({ bigint: true });
  return `${size} ${mtimeNs} ${ctimeNs}`;
}

const FOREIGN: readonly (readonly [signature: string, what: string])[] = [
  ['504b0304', 'is a zip or a spreadsheet (xlsx); save it as CSV'],
  ['d0cf11e0', 'is a spreadsheet (xls); save it as CSV'],
  ['1f8b', 'is compressed with gzip'],
  ['28b52ffd', 'is compressed with zstd'],
  ['25504446', 'is a PDF'],
];
/** Bytes of which text may have a stray one, which is then its row's fault. */
const CONTROL_SHARE = 0.02;
/** Rows that tell whether a header fits. */
const ROWS_BELOW = 50;

/** A file's header row. Throws `CsvFileUnusable` when the file is none we can read. */
export async function headerOf(file: Bytes): Promise<Header> {
  const buffer = Buffer.alloc(2 * MAX_ROW_BYTES);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
  const head = buffer.subarray(0, bytesRead);
  const complete = bytesRead < buffer.length;
  if (head.toString('latin1').trim() === '') throw new CsvFileUnusable('is empty');
  refuseForeign(head);

  const header = findHeader(head, complete);
  if (!header) {
    const { names } = readHeader(head, complete);
    throw new CsvFileUnusable(
      `has no header row that names a price in USD and a symbol or a name; its first row is ${JSON.stringify(names.join(', ').slice(0, 200))}; call them price_usd, symbol and name`,
    );
  }
  const { rows } = splitRows(head.subarray(header.end), header.layout, complete, ROWS_BELOW);
  const widths = rows
    .map(({ cells }) => (cells?.findLastIndex(Boolean) ?? -1) + 1)
    .filter((width) => width > 0);
  if (widths.length > 0 && widths.every((width) => width > header.names.length))
    throw new CsvFileUnusable(
      `has ${header.names.length} names in its header row and more cells in every row below: which name is missing can't be told`,
    );
  return header;
}

function refuseForeign(head: Buffer): void {
  const start = head.toString('hex', 0, 8);
  const foreign = FOREIGN.find(([signature]) => start.startsWith(signature));
  if (foreign) throw new CsvFileUnusable(foreign[1]);
  let zeros = 0;
  let controls = 0;
  for (const byte of head) {
    if (byte === 0) zeros++;
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) controls++;
  }
  // Latin letters in UTF-16 are every other byte zero.
  if (zeros > head.length / 4) throw new CsvFileUnusable('is in UTF-16 or binary; save it as UTF-8');
  if (controls > head.length * CONTROL_SHARE) throw new CsvFileUnusable('is binary, not text');
}
