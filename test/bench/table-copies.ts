import type { DataSource } from 'typeorm';

interface TableRow {
  readonly name: string;
  /** Absent where the table isn't partitioned. */
  readonly partition_key: string | null;
  readonly parent: string | null;
  readonly bound: string | null;
}

/** What a run doesn't write, or as one row for everybody. */
const NOT_LOADED = ['migrations', 'data_version', 'request_logs'];
/** Written by triggers, and by nobody else. */
const COUNTS = 'row_counts';
/** One statement each, for so many rows of each table: all of them would take a minute and say the same. */
const ROW_BY_ROW = ['listings', 'quotes', 'coins', 'identity_links'];
const ROWS_A_TRANSACTION = 250;

/**
 * As before the first run: nothing that a run writes is there, but for the rows of the runs themselves, by which
 * PostgreSQL's counts are read. The service goes on, and has nothing in hand of what was.
 */
export async function emptyTables(database: DataSource): Promise<void> {
  const tables: { name: string }[] = await database.query(
    `SELECT c.relname AS name FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND NOT c.relname = ANY($1::text[])`,
    [[...NOT_LOADED, 'etl_checkpoints', 'etl_runs']],
  );
  await database.query(`TRUNCATE ${tables.map(({ name }) => name).join(', ')} RESTART IDENTITY`);
  await database.query(
    `UPDATE etl_checkpoints
     SET cursor = NULL, memory = '{}', listings = 0, data_as_of = NULL, last_run_at = NULL, last_success_at = NULL,
         total_runs = 0, finished_runs = 0, successful_runs = 0, records_processed = 0, seconds_spent = 0`,
  );
}

/** What of Mintmark's tables the copies have, beside their columns and CHECKs. */
type Likeness = 'all' | 'indexes only' | 'nothing';

/** PostgreSQL's own way with what a run has written: the very same rows, into empty tables like those of Mintmark. */
export class TableCopies {
  private constructor(
    private readonly database: DataSource,
    private readonly tables: readonly TableRow[],
    /** Where PostgreSQL may write. */
    private readonly folder: string,
  ) {}

  /** Dumps the tables as they are now. */
  static async of(database: DataSource): Promise<TableCopies> {
    const tables: TableRow[] = await database.query(
      `SELECT c.relname AS name, pg_get_partkeydef(c.oid) AS partition_key, parent.relname AS parent,
              pg_get_expr(c.relpartbound, c.oid) AS bound
       FROM pg_class c
       LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
       LEFT JOIN pg_class parent ON parent.oid = i.inhparent
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relname = ANY($1::text[])
       ORDER BY c.relname`,
      [NOT_LOADED],
    );
    const settings: { data_directory: string }[] = await database.query('SHOW data_directory');
    const copies = new TableCopies(database, tables, settings[0]?.data_directory ?? '');
    for (const { name } of copies.whole)
      await database.query(`COPY (SELECT * FROM public.${name}) TO '${copies.fileOf(name)}'`);
    return copies;
  }

  /**
   * Seconds for all rows, in one transaction: into tables with indexes, foreign keys and triggers as they are, into such
   * with indexes only, or into nothing but unlogged heaps of rows.
   */
  async copy(likeness: Likeness): Promise<number> {
    const schema = 'copies';
    if (likeness === 'nothing') await this.makeBare(schema);
    else await this.makeLike(schema);
    if (likeness === 'all') await this.constrain(schema);
    return this.copyInto(schema);
  }

  /** Seconds a listing, with its quote, its coin and its link, when each row is a statement: as an ORM saves them. */
  async rowByRow(listings: number): Promise<number> {
    await this.makeLike('row_by_row');
    const rowsOf = new Map<string, { row: unknown }[]>();
    for (const name of ROW_BY_ROW)
      rowsOf.set(
        name,
        await this.database.query(`SELECT to_jsonb(t) AS row FROM public.${name} t LIMIT ${listings}`),
      );
    const begun = performance.now();
    for (let at = 0; at < listings; at += ROWS_A_TRANSACTION)
      await this.database.transaction(async (manager) => {
        for (const [name, rows] of rowsOf)
          for (const { row } of rows.slice(at, at + ROWS_A_TRANSACTION))
            await manager.query(
              `INSERT INTO row_by_row.${name} OVERRIDING SYSTEM VALUE
               SELECT * FROM jsonb_populate_record(NULL::row_by_row.${name}, $1)`,
              [row],
            );
      });
    return (performance.now() - begun) / 1000 / listings;
  }

  private get whole(): readonly TableRow[] {
    return this.tables.filter(({ parent }) => parent === null);
  }

  private fileOf(name: string): string {
    return `${this.folder}/bench-${name}.copy`;
  }

  private async makeLike(schema: string): Promise<void> {
    await this.database.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await this.database.query(`CREATE SCHEMA ${schema}`);
    const byDepth = [...this.tables].sort((a, b) => Number(a.parent !== null) - Number(b.parent !== null));
    for (const { name, partition_key, parent, bound } of byDepth) {
      const partitioned = partition_key === null ? '' : `PARTITION BY ${partition_key}`;
      await this.database.query(
        `CREATE TABLE ${schema}.${name} (LIKE public.${name} INCLUDING ALL) ${partitioned}`,
      );
      if (parent !== null)
        await this.database.query(
          `ALTER TABLE ${schema}.${parent} ATTACH PARTITION ${schema}.${name} ${bound ?? ''}`,
        );
    }
  }

  private async makeBare(schema: string): Promise<void> {
    await this.database.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await this.database.query(`CREATE SCHEMA ${schema}`);
    for (const { name } of this.whole)
      await this.database.query(`CREATE UNLOGGED TABLE ${schema}.${name} (LIKE public.${name})`);
  }

  /** Foreign keys and triggers, which `LIKE` leaves out. */
  private async constrain(schema: string): Promise<void> {
    const keys: { name: string; key: string }[] = await this.database.query(
      `SELECT c.relname AS name, pg_get_constraintdef(k.oid) AS key
       FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
       WHERE k.contype = 'f' AND c.relnamespace = 'public'::regnamespace`,
    );
    const triggers: { trigger: string }[] = await this.database.query(
      `SELECT pg_get_triggerdef(t.oid) AS trigger
       FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
       WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace`,
    );
    await this.database.transaction(async (manager) => {
      await manager.query(`SET LOCAL search_path = ${schema}, public`);
      for (const { name, key } of keys) await manager.query(`ALTER TABLE ${name} ADD ${key}`);
      for (const { trigger } of triggers)
        await manager.query(trigger.replace(' ON public.', ` ON ${schema}.`));
    });
  }

  private async copyInto(schema: string): Promise<number> {
    const begun = performance.now();
    await this.database.transaction(async (manager) => {
      await manager.query(`SET LOCAL search_path = ${schema}, public`);
      for (const { name } of this.whole.filter((table) => table.name !== COUNTS))
        await manager.query(`COPY ${schema}.${name} FROM '${this.fileOf(name)}'`);
    });
    return (performance.now() - begun) / 1000;
  }
}
