/*
 * What the bench measures, and what is asked of it: all rows of all tables, in their order. A row without a goal is
 * reported; one with a goal that could not be measured counts as missed.
 */

import { KINDS } from './growing-reads.js';

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
  { key: 'generator', what: '  of one processor, the load generator has used meanwhile', unit: 'share' },
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
  {
    key: 'rate of pg',
    what: 'the query alone: pg in bare node:http, each request another page or filter',
    unit: 'requests/s',
  },
  { key: 'rate of cold', what: '/data, each request another page or filter', unit: 'requests/s' },
  { key: 'cold / pg', what: '  beside the query alone', unit: 'ratio', atLeast: 0.5 },
  { key: 'coin / nest-objects', what: '/coins/{id} beside bare Nest, objects', unit: 'ratio', atLeast: 0.3 },
  { key: 'stats / nest-objects', what: '/stats', unit: 'ratio', atLeast: 0.3 },
  { key: 'health / nest-objects', what: '/health', unit: 'ratio', atLeast: 0.3 },
  { key: 'metrics / nest-objects', what: '/metrics', unit: 'ratio', atLeast: 0.3 },
  { key: 'resident', what: 'resident set of the service after the run', unit: 'MB' },
];

const loading: readonly Row[] = [
  { key: 'bare', what: 'COPY, unlogged, without indexes', unit: 'listings/s' },
  { key: 'copy', what: 'COPY into the same tables, indexes and all', unit: 'listings/s' },
  { key: 'checked', what: '  with foreign keys and triggers too', unit: 'listings/s' },
  { key: 'row', what: 'one statement a row', unit: 'listings/s' },
  { key: 'cold', what: 'Mintmark, just started, into an empty database', unit: 'listings/s' },
  { key: 'first', what: 'Mintmark, into empty tables, in pages of 250', unit: 'listings/s' },
  { key: 'first / copy', what: '  beside COPY', unit: 'ratio', atLeast: 0.4 },
  { key: 'first / checked', what: '  beside COPY with foreign keys and triggers', unit: 'ratio' },
  { key: 'whole', what: 'Mintmark, into empty tables, all in one answer', unit: 'listings/s' },
  { key: 'copy whole', what: '  COPY of what that has written', unit: 'listings/s' },
  { key: 'whole / copy', what: '  beside that', unit: 'ratio', atLeast: 0.4 },
  { key: 'unchanged', what: 'Mintmark, nothing changed', unit: 'listings/s' },
  { key: 'unchanged / first', what: '  beside the load in pages', unit: 'ratio', atLeast: 2 },
  { key: 'unchanged bytes', what: '  growth of the tables and their indexes', unit: 'MB', atMost: 0 },
  {
    key: 'unchanged dead',
    what: '  dead tuples of listings, quotes, links, coins',
    unit: 'count',
    atMost: 0,
  },
  { key: 'unchanged records', what: '  growth by the raw pages and the run', unit: 'MB' },
  { key: 'changed', what: 'Mintmark, all prices changed', unit: 'listings/s' },
  { key: 'changed / first', what: '  beside the load in pages', unit: 'ratio', atLeast: 1 },
  { key: 'hot listings', what: '  updates of listings that touched no index', unit: 'share' },
  { key: 'hot coins', what: '  updates of coins that touched no index', unit: 'share' },
];

const grown = (read: string, what: string, atMost?: number): readonly Row[] => [
  { key: `${read}, few`, what, unit: 'ms' },
  { key: `${read}, some`, what: '  more', unit: 'ms' },
  { key: `${read}, many`, what: '  many', unit: 'ms' },
  { key: `${read} grows`, what: '  many beside few', unit: 'ratio', atMost },
];
/** What may grow with the data: it is the page's depth that does. */
const DEEP = 'a deep page';
const MOST_GROWTH = 1.5;

const growth: readonly Row[] = [
  ...Object.keys(KINDS).flatMap((read) =>
    grown(read, `/data, ${read}`, read === DEEP ? undefined : MOST_GROWTH),
  ),
  ...grown('stats', '/stats', MOST_GROWTH),
  { key: 'resident, few', what: 'resident set after all of the above', unit: 'MB' },
  { key: 'resident, some', what: '  more', unit: 'MB' },
  { key: 'resident, many', what: '  many', unit: 'MB' },
];

const load = (name: string, what: string): readonly Row[] => [
  { key: name, what: `/data, p99 during ${what}`, unit: 'ms' },
  { key: `${name} / at rest`, what: '  beside the p99 at rest', unit: 'ratio', atMost: 2 },
  { key: `${name} slowest`, what: '  slowest answer', unit: 'ms' },
  { key: `${name} loop p99`, what: '  event-loop delay, p99', unit: 'ms' },
  { key: `${name} loop`, what: '  event-loop delay, most', unit: 'ms' },
];

const ingesting: readonly Row[] = [
  { key: 'at rest', what: '/data, p99 at rest', unit: 'ms' },
  ...load('first', 'a first load'),
  ...load('reload', 'a load with all prices changed'),
  { key: 'errors', what: 'requests without the right answer', unit: 'count', atMost: 0 },
];

const csv: readonly Row[] = [
  { key: 'rows', what: 'rows loaded', unit: 'listings/s' },
  { key: 'idle', what: 'resident set of the service, idle', unit: 'MB' },
  { key: 'peak above idle', what: '  at its peak, above that', unit: 'MB', atMost: 400 },
  { key: 'p99', what: '/data and /health/live meanwhile, p99', unit: 'ms' },
  { key: 'slowest', what: '  slowest answer', unit: 'ms', atMost: 1000 },
  { key: 'errors', what: '  without the right answer', unit: 'count', atMost: 0 },
  { key: 'loop', what: '  event-loop delay, most', unit: 'ms' },
];

const runs: readonly Row[] = [
  { key: 'early', what: 'time of a run, half the prices changed, without the network', unit: 's' },
  { key: 'late', what: '  later', unit: 's' },
  { key: 'late / early', what: '  beside the earlier', unit: 'ratio', atMost: 1.2 },
  { key: 'bytes early', what: 'growth on disk a run, without raw pages', unit: 'MB' },
  { key: 'bytes late', what: '  later', unit: 'MB' },
  { key: 'bytes late / early', what: '  beside the earlier', unit: 'ratio', atMost: 1.2 },
  { key: 'raw', what: 'raw pages a run', unit: 'MB' },
];

const identity: readonly Row[] = [
  { key: 'rate', what: 'a second source, linked as it is loaded', unit: 'listings/s' },
  { key: 'run', what: '  with the review of all links at the end', unit: 's' },
  { key: 'again', what: '  and the next run, nothing new', unit: 's' },
];

export const TABLES = {
  reading: { title: 'Reading, from memory', rows: reading },
  growth: {
    title: 'Reading, from no cache, as the data grows; and memory (p50, one request at a time)',
    rows: growth,
  },
  ingesting: { title: 'Reading while ingesting', rows: ingesting },
  loading: { title: 'Loading', rows: loading },
  csv: { title: 'A large CSV file', rows: csv },
  runs: { title: 'Run after run', rows: runs },
  identity: { title: 'Identity', rows: identity },
} as const satisfies Readonly<Record<string, Table>>;

export type Part = keyof typeof TABLES;
