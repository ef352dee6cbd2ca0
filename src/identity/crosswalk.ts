import { CsvError, parse } from 'csv-parse/sync';
import { groupBy } from './group-by.js';
import { listingKey, type ListingKey } from './listing-evidence.js';

/** A person's word on which coin a listing is. */
export interface CrosswalkEntry extends ListingKey {
  readonly coinId: string;
}

/** The same, with where it is said. */
export interface CrosswalkLine extends CrosswalkEntry {
  /** Of the file, from 1. */
  readonly line: number;
}

export interface CrosswalkProblem {
  /** Of the file, from 1. */
  readonly line: number;
  readonly message: string;
}

export interface Crosswalk {
  readonly entries: readonly CrosswalkLine[];
  readonly problems: readonly CrosswalkProblem[];
}

/**
 * Nothing of the file can be read. That must not pass for a file that says nothing: all that was curated would be undone.
 */
export class CrosswalkUnusable extends Error {
  constructor({ line, message }: CrosswalkProblem, options?: { cause?: unknown }) {
    super(
      `The crosswalk can't be used, from line ${line} on: ${message}. Mend data/identity/crosswalk.csv.`,
      options,
    );
    this.name = 'CrosswalkUnusable';
  }
}

const COLUMNS = ['coin_id', 'source', 'source_coin_id'] as const;
/** Says `yes` where a source lists a coin more than once, and that is meant. */
const ALSO = 'also';
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const SOURCE = /^[a-z][a-z0-9_]*$/;
const MOST_CHARACTERS = 100;

/**
 * Reads the curated crosswalk, CSV of `coin_id,source,source_coin_id` and, if need be, `also`. A line with a mistake is left out and
 * reported; of lines that contradict each other all are left out. Throws `CrosswalkUnusable`.
 */
export function readCrosswalk(csv: string): Crosswalk {
  const [header, ...body] = rowsOf(csv);
  const problems: CrosswalkProblem[] = headerProblems(header);
  const columns = header?.cells ?? [];
  if (COLUMNS.some((column) => columns.filter((name) => name === column).length !== 1)) {
    const message = problems.map((problem) => problem.message).join(', ');
    throw new CrosswalkUnusable({ line: header?.line ?? 1, message });
  }

  const read: Row[] = [];
  for (const { line, cells } of body) {
    const cell = (column: string): string => cells[columns.indexOf(column)] ?? '';
    const row = {
      line,
      coinId: cell('coin_id'),
      source: cell('source'),
      sourceCoinId: cell('source_coin_id'),
      also: cell(ALSO),
    };
    const message =
      cells.length === columns.length ? mistake(row) : `${cells.length} cells for ${columns.length} columns`;
    if (message === null) read.push(row);
    else problems.push({ line, message });
  }
  const listings = [...groupBy(read, (row) => [listingKey(row)]).values()].flatMap((same) =>
    agreed(same, problems),
  );
  const entries = [...groupBy(listings, ({ coinId, source }) => [`${coinId}\0${source}`]).values()].flatMap(
    (same) => meant(same, problems),
  );
  return { entries, problems: problems.sort((a, b) => a.line - b.line) };
}

/** Lines that say something of a source that isn't there: likely a slip of the pen, but it may be one to come. */
export function ofUnknownSources(
  entries: readonly CrosswalkLine[],
  sources: readonly string[],
): CrosswalkProblem[] {
  return entries
    .filter(({ source }) => !sources.includes(source))
    .map(({ line, source }) => ({
      line,
      message: `there is no source ${source}, only ${sources.join(', ')}; the line means nothing as yet`,
    }));
}

interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

interface Row extends CrosswalkLine {
  readonly also: string;
}

function rowsOf(csv: string): CsvRow[] {
  const rows: CsvRow[] = [];
  try {
    parse(csv, {
      bom: true,
      trim: true,
      relax_column_count: true,
      skip_empty_lines: true,
      onRecord: (cells: string[], { lines }) => {
        rows.push({ line: lines, cells });
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // Where the row begins, not where its quote is given up: that is the end of the file.
    const line = (rows.at(-1)?.line ?? 0) + 1;
    throw new CrosswalkUnusable({ line, message: `not CSV (${error.code})` }, { cause: error });
  }
  return rows;
}

function headerProblems(header: CsvRow | undefined): CrosswalkProblem[] {
  if (header === undefined) return [{ line: 1, message: 'the header is missing' }];
  const needed: readonly string[] = COLUMNS;
  const known = [...needed, ALSO];
  const { line, cells } = header;
  return [
    ...cells.filter((cell) => !known.includes(cell)).map((cell) => `unknown column ${JSON.stringify(cell)}`),
    ...needed.filter((column) => !cells.includes(column)).map((column) => `column ${column} is missing`),
    ...known
      .filter((column) => cells.indexOf(column) !== cells.lastIndexOf(column))
      .map((column) => `column ${column} is there twice`),
  ].map((message) => ({ line, message }));
}

function mistake({ coinId, source, sourceCoinId, also }: Row): string | null {
  if (coinId === '') return 'coin_id is empty';
  if (source === '') return 'source is empty';
  if (sourceCoinId === '') return 'source_coin_id is empty';
  if (!SLUG.test(coinId) || coinId.length > MOST_CHARACTERS)
    return `coin_id ${JSON.stringify(coinId)} is no slug: lower-case letters, digits and single hyphens, at most ${MOST_CHARACTERS}`;
  if (!SOURCE.test(source)) return `source ${JSON.stringify(source)} is no source's name`;
  if (also !== '' && also !== 'yes') return `${ALSO} is ${JSON.stringify(also)}: it can be yes or empty`;
  return null;
}

/** What the lines for one listing say, if it is one thing. */
function agreed(same: readonly Row[], problems: CrosswalkProblem[]): Row[] {
  const [first, ...others] = same;
  if (first === undefined) return [];
  const { coinId, source, sourceCoinId } = first;
  const contradicted = others.some((row) => row.coinId !== coinId);
  for (const { line, coinId: coin } of contradicted ? same : others) {
    const message = contradicted
      ? `is ${coin} here and another coin on another line`
      : `stands on line ${first.line} already`;
    problems.push({ line, message: `${source} ${sourceCoinId} ${message}` });
  }
  return contradicted ? [] : [first];
}

/** What the lines for one coin of one source say: which of two listings is meant can't be guessed. */
function meant(same: readonly Row[], problems: CrosswalkProblem[]): CrosswalkLine[] {
  const plain = same.filter(({ also }) => also === '');
  if (plain.length < 2)
    return same.map(({ coinId, source, sourceCoinId, line }) => ({ coinId, source, sourceCoinId, line }));
  for (const { line, coinId, source, sourceCoinId } of plain) {
    const others = plain.filter((row) => row.line !== line).map((row) => row.line);
    problems.push({
      line,
      message: `${coinId} is ${source} ${sourceCoinId} here and another of its listings on line ${others.join(', ')}; if that is meant, all but one say yes in a column ${ALSO}`,
    });
  }
  return same
    .filter(({ also }) => also !== '')
    .map(({ coinId, source, sourceCoinId, line }) => ({ coinId, source, sourceCoinId, line }));
}
