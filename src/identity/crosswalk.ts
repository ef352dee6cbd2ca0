import { CsvError, parse } from 'csv-parse/sync';
import { groupBy } from './group-by.js';
import { listingKey, type ListingKey } from './listing-evidence.js';

/** A person's word on which coin a listing is. */
export interface CrosswalkEntry extends ListingKey {
  readonly coinId: string;
}

export interface CrosswalkProblem {
  /** Of the file, from 1. */
  readonly line: number;
  readonly message: string;
}

export interface Crosswalk {
  readonly entries: readonly CrosswalkEntry[];
  readonly problems: readonly CrosswalkProblem[];
}

const COLUMNS = ['coin_id', 'source', 'source_coin_id'] as const;
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const SOURCE = /^[a-z][a-z0-9_]*$/;
const MOST_CHARACTERS = 100;

/**
 * Reads the curated crosswalk, CSV of `coin_id,source,source_coin_id`. A line with a mistake is left out and
 * reported; of lines that contradict each other all are left out.
 */
export function readCrosswalk(csv: string): Crosswalk {
  let rows: CsvRow[];
  try {
    rows = rowsOf(csv);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { entries: [], problems: [{ line: Number(error.lines), message: `not CSV: ${error.message}` }] };
  }
  const [header, ...body] = rows;
  const problems: CrosswalkProblem[] = headerProblems(header);
  const columns = header?.cells ?? [];
  if (COLUMNS.some((column) => columns.filter((name) => name === column).length !== 1))
    return { entries: [], problems };

  const read: Row[] = [];
  for (const { line, cells } of body) {
    const cell = (column: string): string => cells[columns.indexOf(column)] ?? '';
    const row = {
      line,
      coinId: cell('coin_id'),
      source: cell('source'),
      sourceCoinId: cell('source_coin_id'),
    };
    const message =
      cells.length === columns.length ? mistake(row) : `${cells.length} cells for ${columns.length} columns`;
    if (message === null) read.push(row);
    else problems.push({ line, message });
  }
  const entries = [...groupBy(read, (row) => [listingKey(row)]).values()].flatMap((same) =>
    agreed(same, problems),
  );
  return { entries, problems: problems.sort((a, b) => a.line - b.line) };
}

interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

interface Row extends CrosswalkEntry {
  readonly line: number;
}

function rowsOf(csv: string): CsvRow[] {
  const rows: CsvRow[] = [];
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
  return rows;
}

function headerProblems(header: CsvRow | undefined): CrosswalkProblem[] {
  if (header === undefined) return [{ line: 1, message: 'the header is missing' }];
  const known: readonly string[] = COLUMNS;
  const { line, cells } = header;
  return [
    ...cells.filter((cell) => !known.includes(cell)).map((cell) => `unknown column ${JSON.stringify(cell)}`),
    ...known.filter((column) => !cells.includes(column)).map((column) => `column ${column} is missing`),
    ...known
      .filter((column) => cells.indexOf(column) !== cells.lastIndexOf(column))
      .map((column) => `column ${column} is there twice`),
  ].map((message) => ({ line, message }));
}

function mistake({ coinId, source, sourceCoinId }: Row): string | null {
  if (coinId === '') return 'coin_id is empty';
  if (source === '') return 'source is empty';
  if (sourceCoinId === '') return 'source_coin_id is empty';
  if (!SLUG.test(coinId) || coinId.length > MOST_CHARACTERS)
    return `coin_id ${JSON.stringify(coinId)} is no slug: lower-case letters, digits and single hyphens, at most ${MOST_CHARACTERS}`;
  if (!SOURCE.test(source)) return `source ${JSON.stringify(source)} is no source's name`;
  return null;
}

/** What the lines for one listing say, if it is one thing. */
function agreed(same: readonly Row[], problems: CrosswalkProblem[]): CrosswalkEntry[] {
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
  return contradicted ? [] : [{ coinId, source, sourceCoinId }];
}
