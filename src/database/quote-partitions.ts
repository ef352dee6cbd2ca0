import type { DataSource } from 'typeorm';

/** Any number of our own, as in `migrate.ts`. */
const PARTITION_LOCK = 7_245_114;
const DAY_MS = 86_400_000;

const monthOf = (time: Date): Date => new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), 1));
const monthAfter = (month: Date): Date =>
  new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 1));
const nameOf = (month: Date): string => `quotes_${month.toISOString().slice(0, 7).replace('-', '_')}`;

/** Quotes are kept in whole months: from the month in which the retention ends. */
export function oldestQuote(now: Date, retentionDays: number): Date {
  return monthOf(new Date(now.getTime() - retentionDays * DAY_MS));
}

/**
 * Makes the months from the oldest kept to the next one and drops those before, so that a quote always finds
 * its partition and expired ones go without a DELETE. Several replicas may do this at once. `limits`: SQL that sets
 * how long it may wait and take; unset: as the connection has it.
 */
export async function maintainQuotePartitions(
  dataSource: DataSource,
  now: Date,
  retentionDays: number,
  limits?: string,
): Promise<{ made: readonly string[]; dropped: readonly string[] }> {
  const oldest = oldestQuote(now, retentionDays);
  const wanted = new Map<string, Date>();
  for (let month = oldest; month <= monthAfter(monthOf(now)); month = monthAfter(month))
    wanted.set(nameOf(month), month);
  return dataSource.transaction(async (manager) => {
    if (limits !== undefined) await manager.query(limits);
    // Replicas that make the same month at once would fail on its name.
    await manager.query('SELECT pg_advisory_xact_lock($1)', [PARTITION_LOCK]);
    const rows: { name: string }[] = await manager.query(
      `SELECT child.relname AS name
       FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
       WHERE inhparent = 'quotes'::regclass`,
    );
    const present = new Set(rows.map((row) => row.name));
    const made = [...wanted].filter(([name]) => !present.has(name));
    const dropped = [...present].filter((name) => /^quotes_\d{4}_\d{2}$/.test(name) && name < nameOf(oldest));
    for (const [name, month] of made)
      await manager.query(
        `CREATE TABLE ${name} PARTITION OF quotes
         FOR VALUES FROM ('${month.toISOString()}') TO ('${monthAfter(month).toISOString()}')`,
      );
    for (const name of dropped) await manager.query(`DROP TABLE ${name}`);
    return { made: made.map(([name]) => name), dropped };
  });
}
