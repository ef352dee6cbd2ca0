import type { DataSource } from 'typeorm';
import { until } from '../support/until.js';

/** What grows with every run, because it is its record. */
const RECORDS = /^(raw_\w+|etl_runs|request_logs)$/;
const LOADED = ['listings', 'coins', 'identity_links', 'listing_contracts'];

interface TableState {
  readonly name: string;
  /** With its indexes. */
  readonly bytes: number;
  readonly rewritten: number;
  readonly updates: number;
  readonly hotUpdates: number;
}

/** How large the tables are and how often their rows were rewritten, since the database was made. */
export class TableGrowth {
  private constructor(private readonly tables: readonly TableState[]) {}

  /**
   * The tables now. PostgreSQL's processes say what they did a while after it, all of it at once, and ten seconds after it
   * where they idle; so they are ended. It is waited for until the pages of all runs are among it.
   */
  static async of(database: DataSource): Promise<TableGrowth> {
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'mintmark' AND state = 'idle' AND pid <> pg_backend_pid()`,
    );
    return until('PostgreSQL to have counted all pages', async () => {
      const rows: { pages: number; counted: number }[] = await database.query(
        `SELECT (SELECT sum(pages) FROM etl_runs)::int AS pages,
                (SELECT n_tup_upd FROM pg_stat_user_tables WHERE relid = 'public.etl_runs'::regclass)::int AS counted`,
      );
      const { pages = 0, counted = -1 } = rows[0] ?? {};
      if (counted < pages) return undefined;
      const tables: TableState[] = await database.query(
        `SELECT c.relname AS name,
                (pg_relation_size(c.oid) + pg_indexes_size(c.oid)
                 + CASE WHEN c.reltoastrelid = 0 THEN 0 ELSE pg_relation_size(c.reltoastrelid) END)::float8 AS bytes,
                (s.n_tup_upd + s.n_tup_del)::float8 AS rewritten, s.n_tup_upd::float8 AS updates,
                s.n_tup_hot_upd::float8 AS "hotUpdates"
         FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'`,
      );
      return new TableGrowth(tables);
    });
  }

  /** Bytes since then, without the tables that grow with every run. */
  bytesSince(before: TableGrowth): number {
    return this.sumSince(before, 'bytes', (name) => !RECORDS.test(name));
  }

  /** Who they are; none: undefined. */
  grownSince(before: TableGrowth): string | undefined {
    const names = this.tables.map(({ name }) => name);
    const grown = names.filter(
      (each) => !RECORDS.test(each) && this.sumSince(before, 'bytes', (name) => name === each) > 0,
    );
    return grown.length > 0 ? grown.join(', ') : undefined;
  }

  /** Of the tables that are the records of runs. */
  recordBytesSince(before: TableGrowth): number {
    return this.sumSince(before, 'bytes', (name) => RECORDS.test(name));
  }

  /** Dead tuples that were made of listings, their quotes, links and coins, swept up or not. */
  deadSince(before: TableGrowth): number {
    return this.sumSince(before, 'rewritten', (name) => LOADED.includes(name) || name.startsWith('quotes_'));
  }

  /** Of all updates of a table's rows, those that touched no index; null without any. */
  hotShareSince(before: TableGrowth, table: string): number | null {
    const updates = this.sumSince(before, 'updates', (name) => name === table);
    return updates === 0 ? null : this.sumSince(before, 'hotUpdates', (name) => name === table) / updates;
  }

  private sumSince(
    before: TableGrowth,
    what: 'bytes' | 'rewritten' | 'updates' | 'hotUpdates',
    counts: (name: string) => boolean,
  ): number {
    const sum = (tables: readonly TableState[]): number =>
      tables.filter(({ name }) => counts(name)).reduce((total, table) => total + table[what], 0);
    return sum(this.tables) - sum(before.tables);
  }
}
