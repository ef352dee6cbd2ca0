import type { FileHandle } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings.js';
import type {
  Checkpoint,
  Cursor,
  FetchedPage,
  Json,
  Memory,
  PageReader,
  SourceAdapter,
  SourceIo,
} from '../source-adapter.js';
import { SourcePayloadInvalid } from '../source-errors.js';
import { CsvFileUnusable, isFileError, openCsvFile, utf8Of } from './csv/csv-bytes.js';
import { chunksOf, type Chunk, type Position } from './csv/csv-chunks.js';
import { contentHash, csvFilesAt, headerOf, versionOf, type CsvFile } from './csv/csv-files.js';
import { whyUnreadable, csvPage, openCsvPage } from './csv/csv-page.js';
import { undecidedDates } from './csv/csv-times.js';

/** How often a file that is written to while it is read is begun again. */
const TRIES = 3;

/** Where a pass stands: in one file, of one content. */
interface FileCursor extends Position {
  readonly file: string;
  readonly hash: string;
  /** Whether any row up to here could be read. */
  readonly readable: boolean;
}

/** What was read to its end. */
interface Known {
  /** Content hashes by file. */
  readonly hashes: Map<string, string>;
  /** The files among them of which no row could be read: said again as long as they stay like that. */
  readonly unreadable: Set<string>;
}

const UNREADABLE = 'has no row that can be read; see /quarantine';

class CsvFileChanged extends Error {}

/**
 * A file, or every `*.csv` of a folder. A page is the header row with about a thousand rows; the memory holds the
 * content hash of each file that was read to its end, so that an unchanged one has no page.
 */
@Injectable()
export class CsvSource implements SourceAdapter {
  readonly source = 'csv';
  readonly reference = true;

  constructor(private readonly settings: Settings) {}

  async *pages({ cursor, memory }: Checkpoint, io: SourceIo): AsyncGenerator<FetchedPage, void> {
    const files = await csvFilesAt(this.settings.CSV_PATH);
    const position = fileCursor(cursor);
    const known = knownFiles(memory, files);
    // The file a pass was stopped in comes first: another's page would overwrite where it stands.
    const ordered = [...files].sort(
      (a, b) => Number(b.name === position?.file) - Number(a.name === position?.file),
    );
    const unusable: string[] = [];
    for (const file of ordered) {
      try {
        yield* pagesOf(file, position, known, io);
      } catch (error) {
        if (!(error instanceof CsvFileUnusable)) throw error;
        const problem = `${file.name} ${error.message}`;
        unusable.push(problem);
        io.warn(problem);
      }
    }
    if (unusable.length === files.length)
      throw new SourcePayloadInvalid(
        `No file at CSV_PATH can be used: ${unusable.join('; ').slice(0, 1000)}`,
      );
  }

  open({ feed, body }: Pick<FetchedPage, 'feed' | 'body'>): PageReader {
    return { ...openCsvPage(body), schema: undated(feed) };
  }
}

/** `prices-#.csv` of `prices-2026-11-22.csv`: the same export on another day has another name. */
function undated(name: string): string {
  return name.replace(/\d+(?:[-_.:T ]+\d+)*/g, '#');
}

/** A file's pages; it is known with the last one. */
async function* pagesOf(
  file: CsvFile,
  position: FileCursor | null,
  known: Known,
  io: SourceIo,
): AsyncGenerator<FetchedPage, void> {
  for (let attempt = 1; ; attempt++) {
    const handle = await openCsvFile(file.path);
    try {
      yield* pagesOfVersion(handle, file, position, known, io);
      return;
    } catch (error) {
      if (isFileError(error)) throw new CsvFileUnusable(`can't be read (${error.code})`, { cause: error });
      if (!(error instanceof CsvFileChanged)) throw error;
      if (attempt === TRIES)
        throw new CsvFileUnusable('is being written to; it is left for the next run', { cause: error });
      io.warn(`${file.name} changed while it was read and is begun again`);
    } finally {
      await handle.close();
    }
  }
}

async function* pagesOfVersion(
  handle: FileHandle,
  file: CsvFile,
  position: FileCursor | null,
  known: Known,
  io: SourceIo,
): AsyncGenerator<FetchedPage, void> {
  const version = await versionOf(handle);
  const unchanged = async (): Promise<void> => {
    io.signal.throwIfAborted();
    if ((await versionOf(handle)) !== version) throw new CsvFileChanged();
  };
  const hash = await contentHash(handle, io.signal);
  if (known.hashes.get(file.name) === hash) {
    if (known.unreadable.has(file.name)) throw new CsvFileUnusable(UNREADABLE);
    return;
  }

  const bytes = await utf8Of(handle);
  const header = await headerOf(bytes);
  const headerBytes = Buffer.alloc(header.end - header.start);
  await bytes.read(headerBytes, 0, headerBytes.length, header.start);
  const resumed = position?.file === file.name && position.hash === hash;
  const from = resumed ? position : { offset: header.end, row: 0 };
  let readable = resumed && position.readable;
  let why: string | null = null;
  const { updatedAt } = header.columns;
  const undecided = { rows: 0, such: '' };
  const skipped = (row: number): void =>
    io.warn(`${file.name}: row ${row} is longer than any row can be and is left out`);

  const page = (chunk: Chunk): FetchedPage => {
    const body = csvPage(headerBytes, chunk.bytes, chunk.rows);
    if (!readable) why = whyUnreadable(body, io.now());
    readable ||= why === null;
    if (updatedAt) {
      const dates = undecidedDates(chunk.rows.flatMap(({ cells }) => cells?.[updatedAt.index] ?? []));
      undecided.rows += dates.length;
      undecided.such ||= dates[0] ?? '';
    }
    return {
      feed: file.name,
      url: `file:${encodeURIComponent(file.name)}#rows=${chunk.first}-${chunk.last}`,
      status: null,
      body,
      fetchedAt: io.now(),
      cursor: { file: file.name, hash, offset: chunk.next.offset, row: chunk.next.row, readable },
    };
  };

  // One chunk is held back: only the next one, or none, tells whether it is the last.
  let held: Chunk | null = null;
  for await (const chunk of chunksOf(bytes, header, from, skipped)) {
    await unchanged();
    if (held) yield page(held);
    held = chunk;
  }
  await unchanged();
  if (!held) throw new CsvFileUnusable('has a header row and nothing below');
  const last = page(held);
  if (updatedAt && undecided.rows > 0)
    io.warn(
      `${file.name}: whether ${updatedAt.header} has its day or its month first can't be told in ${undecided.rows} ` +
        `rows, such as ${undecided.such.slice(0, 40)}; they count as undated. Write 2026-11-05`,
    );
  known.hashes.set(file.name, hash);
  if (readable) known.unreadable.delete(file.name);
  else known.unreadable.add(file.name);
  yield { ...last, memory: memoryOf(known) };
  if (!readable) throw new CsvFileUnusable(`${UNREADABLE} (such as: ${why})`);
}

function fileCursor(cursor: Cursor | null): FileCursor | null {
  const { file, hash, offset, row, readable } = cursor ?? {};
  if (typeof file !== 'string' || typeof hash !== 'string') return null;
  if (typeof offset !== 'number' || typeof row !== 'number') return null;
  return { file, hash, offset, row, readable: readable !== false };
}

/** What is remembered of the files that are still there. */
function knownFiles({ files, unreadable }: Memory, present: readonly CsvFile[]): Known {
  const names = new Set(present.map(({ name }) => name));
  const remembered = typeof files === 'object' && files !== null ? Object.entries(files) : [];
  const hashes = remembered.flatMap(([name, hash]) =>
    names.has(name) && typeof hash === 'string' ? [[name, hash] as const] : [],
  );
  const refused = Array.isArray(unreadable) ? (unreadable as readonly Json[]) : [];
  return {
    hashes: new Map(hashes),
    unreadable: new Set(hashes.map(([name]) => name).filter((name) => refused.includes(name))),
  };
}

function memoryOf({ hashes, unreadable }: Known): Memory {
  return { files: Object.fromEntries(hashes), unreadable: [...unreadable] };
}
