import { CsvError, parse } from 'csv-parse/sync';
import { readId } from '../ingestion/record-reader.js';
import { RecordRefused } from '../ingestion/source-errors.js';
import { InputUnusable } from './input-unusable.js';
import type { UnreadRows } from './unread-rows.js';

/** Ids of two listings, one of each catalogue. */
export interface Pair {
  readonly coingecko: string;
  readonly coinpaprika: string;
}

export interface LabelledPair extends Pair {
  /** What the label rests on; null when the file doesn't say. */
  readonly why: string | null;
}

export interface Labels {
  readonly gold: readonly LabelledPair[];
  /** Null: none were given, so nothing is known of them. */
  readonly notSame: readonly LabelledPair[] | null;
}

export function pairKey({ coingecko, coinpaprika }: Pair): string {
  return `${coingecko}\0${coinpaprika}`;
}

/** Reads CSV with the columns `coingecko_id` and `coinpaprika_id`; a pair that stands there twice is one. */
export function readLabelledPairs(csv: Buffer, file: string, unread: UnreadRows): LabelledPair[] {
  const [header, ...rows] = rowsOf(csv, file);
  const columns = (header?.cells ?? []).map((cell) => cell.toLowerCase());
  const place = (name: string): number => {
    const at = columns.indexOf(name);
    if (at === -1)
      throw new InputUnusable(`${file} has no column ${name}: its first line must name the columns`);
    return at;
  };
  const [coingecko, coinpaprika] = [place('coingecko_id'), place('coinpaprika_id')];
  const why = columns.findIndex((name) => name === 'evidence' || name === 'why');
  const pairs = new Map<string, LabelledPair>();
  for (const { line, cells } of rows) {
    try {
      const pair = {
        coingecko: readId(cells[coingecko], 'coingecko_id'),
        coinpaprika: readId(cells[coinpaprika], 'coinpaprika_id'),
        why: cells[why] ?? null,
      };
      if (!pairs.has(pairKey(pair))) pairs.set(pairKey(pair), pair);
    } catch (error) {
      if (!(error instanceof RecordRefused)) throw error;
      unread.add(file, `line ${line}`, error.message);
    }
  }
  return [...pairs.values()];
}

/** A pair that is labelled both ways is labelled in neither: which of the two files errs can't be known. */
export function consistentLabels(labels: Labels, notSameFile: string, unread: UnreadRows): Labels {
  if (labels.notSame === null) return labels;
  const gold = new Set(labels.gold.map(pairKey));
  const both = new Set(labels.notSame.map(pairKey).filter((key) => gold.has(key)));
  for (const key of both)
    unread.add(notSameFile, key.replace('\0', ' and '), 'in --gold as well: left out of both');
  const consistent = (pair: Pair): boolean => !both.has(pairKey(pair));
  return { gold: labels.gold.filter(consistent), notSame: labels.notSame.filter(consistent) };
}

interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

function rowsOf(csv: Buffer, file: string): CsvRow[] {
  const rows: CsvRow[] = [];
  try {
    parse(csv, {
      bom: true,
      trim: true,
      relax_column_count: true,
      // Remarks quote names in the middle of a cell.
      relax_quotes: true,
      skip_empty_lines: true,
      onRecord: (cells: string[], { lines }) => {
        rows.push({ line: lines, cells });
        return null;
      },
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new InputUnusable(`${file} is not CSV: ${cause.message}`, { cause });
  }
  return rows;
}
