import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { types } from 'node:util';

/** What rows are cut from: a file, or in UTF-8 what a file in UTF-16 says. */
export type Bytes = {
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
};

/** One file can't be read as coins; the others can. The message is for people and names no path. */
export class CsvFileUnusable extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CsvFileUnusable';
  }
}

export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return types.isNativeError(error) && 'syscall' in error && 'code' in error;
}

/** Opens a file that has an end. */
export async function openCsvFile(path: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    // A pipe that nobody writes to would otherwise not even open.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw new CsvFileUnusable(`can't be opened (${error.code})`, { cause: error });
  }
  const found = await handle.stat();
  // Files of `/proc` say that they have nothing, and some of them never end.
  const why = !found.isFile() ? 'is not a regular file' : found.size === 0 ? 'is empty' : null;
  if (why === null) return handle;
  await handle.close();
  throw new CsvFileUnusable(why);
}

const UTF_16 = new Map([
  ['fffe', 'utf-16le'],
  ['feff', 'utf-16be'],
]);
/** UTF-16 is what a spreadsheet saves by hand; it is read whole. */
const UTF_16_MEGABYTES = 16;

export async function utf8Of(file: FileHandle): Promise<Bytes> {
  const mark = Buffer.alloc(2);
  await file.read(mark, 0, 2, 0);
  const encoding = UTF_16.get(mark.toString('hex'));
  if (encoding === undefined) return file;
  const { size } = await file.stat();
  if (size > UTF_16_MEGABYTES * 1_000_000)
    throw new CsvFileUnusable(`is in UTF-16 and larger than ${UTF_16_MEGABYTES} MB; save it as UTF-8`);
  const whole = Buffer.alloc(size);
  const { bytesRead } = await file.read(whole, 0, size, 0);
  const text = Buffer.from(new TextDecoder(encoding).decode(whole.subarray(0, bytesRead)));
  return {
    read: async (buffer, offset, length, position) => ({
      bytesRead: text.copy(buffer, offset, position, position + length),
    }),
  };
}
