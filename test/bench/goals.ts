/*
 * What the bench measures, and what is asked of it: all rows of all tables, in their order. A row without a goal is
 * reported; one with a goal that could not be measured counts as missed.
 */

export type Unit = 'ratio' | 'requests/s' | 'ms' | 'count' | 'MB' | 'listings/s' | 's' | 'share';

export interface Row {
  /** What the measuring part calls its figure. */
  readonly key: string;
  readonly what: string;
  readonly unit: Unit;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Table {
  readonly title: string;
  readonly rows: readonly Row[];
}

const reading: readonly Row[] = [
  { key: 'rate of node-http', what: 'bare node:http, bytes from memory', unit: 'requests/s' },
  { key: 'rate of express', what: 'bare Express, the same bytes', unit: 'requests/s' },
  { key: 'rate of nest-bytes', what: 'bare Nest, the same bytes', unit: 'requests/s' },
  { key: 'rate of nest-objects', what: 'bare Nest, the 50 objects', unit: 'requests/s' },
  { key: 'rate of data', what: '/data, cached, everything on', unit: 'requests/s' },
  { key: 'data / nest-objects', what: '  beside bare Nest, objects', unit: 'ratio', atLeast: 1 },
  { key: 'data / node-http', what: '  beside bare node:http', unit: 'ratio', atLeast: 0.5 },
  { key: 'limited / data', what: '  with the client limit on too, beside itself', unit: 'ratio' },
  { key: 'rate of not modified', what: '/data, 304', unit: 'requests/s' },
  { key: 'not modified / nest-bytes', what: '  beside bare Nest, bytes', unit: 'ratio', atLeast: 1 },
  {
    key: '16 / most',
    what: '/data, 16 connections beside the best of 16, 64, 256',
    unit: 'ratio',
    atLeast: 0.8,
  },
  { key: '64 / most', what: '/data, 64 connections', unit: 'ratio', atLeast: 0.8 },
  { key: '256 / most', what: '/data, 256 connections', unit: 'ratio', atLeast: 0.8 },
  { key: 'p99 of 16', what: '  p99 of 16', unit: 'ms' },
  { key: 'p99 of 64', what: '  p99 of 64', unit: 'ms' },
  { key: 'p99 of 256', what: '  p99 of 256', unit: 'ms' },
  { key: 'p99 in proportion', what: '  p99 a connection, 256 beside 16', unit: 'ratio', atMost: 1.5 },
  { key: 'errors', what: 'requests without the right answer, all of the above', unit: 'count', atMost: 0 },
  { key: 'coin / nest-objects', what: '/coins/{id} beside bare Nest, objects', unit: 'ratio', atLeast: 0.3 },
  { key: 'stats / nest-objects', what: '/stats', unit: 'ratio', atLeast: 0.3 },
  { key: 'health / nest-objects', what: '/health', unit: 'ratio', atLeast: 0.3 },
  { key: 'metrics / nest-objects', what: '/metrics', unit: 'ratio', atLeast: 0.3 },
];

const loading: readonly Row[] = [
  { key: 'bare', what: 'COPY, unlogged, without indexes', unit: 'listings/s' },
  { key: 'copy', what: 'COPY into the same tables, indexes and all', unit: 'listings/s' },
  { key: 'row', what: 'one statement a row', unit: 'listings/s' },
  { key: 'first', what: 'Mintmark, into an empty database, without the network', unit: 'listings/s' },
  { key: 'first / copy', what: '  beside COPY', unit: 'ratio', atLeast: 0.4 },
  { key: 'unchanged', what: 'Mintmark, nothing changed', unit: 'listings/s' },
  { key: 'unchanged / first', what: '  beside the first load', unit: 'ratio', atLeast: 2 },
  { key: 'unchanged bytes', what: '  growth of the tables and their indexes', unit: 'MB', atMost: 0 },
  {
    key: 'unchanged dead',
    what: '  dead tuples of listings, quotes, links, coins',
    unit: 'count',
    atMost: 0,
  },
  { key: 'unchanged records', what: '  growth by the raw pages and the run', unit: 'MB' },
  { key: 'changed', what: 'Mintmark, all prices changed', unit: 'listings/s' },
  { key: 'changed / first', what: '  beside the first load', unit: 'ratio', atLeast: 1 },
  { key: 'hot listings', what: '  updates of listings that touched no index', unit: 'share' },
  { key: 'hot coins', what: '  updates of coins that touched no index', unit: 'share' },
];

export const TABLES = {
  reading: { title: 'Reading, from memory', rows: reading },
  loading: { title: 'Loading', rows: loading },
} as const satisfies Readonly<Record<string, Table>>;

export type Part = keyof typeof TABLES;
