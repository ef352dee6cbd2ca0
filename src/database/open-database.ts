import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Settings } from '../config/settings.js';
import { createDataSource, createMigratingDataSource } from './data-source.js';
import { isDatabaseUnavailable } from './database-errors.js';
import type { DatabaseUrl } from './database-url.js';
import { migrate } from './migrate.js';
import { maintainQuotePartitions } from './quote-partitions.js';

/** The database can't be used; one line for a person. */
export class DatabaseUnreachable extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'DatabaseUnreachable';
  }
}

export interface Opening {
  /** The server is ours alone, and was started for this process. */
  readonly ownServer: boolean;
  /** Unset: all that the settings allow. */
  readonly connections?: number;
  readonly say?: (line: string) => void;
  /** Unset: half a minute. */
  readonly patienceMs?: number;
  /** As in `server_version_num`; unset: PostgreSQL 15. */
  readonly oldestServer?: number;
  /** A connection on which nothing moves for so long is dead; unset: longer than the server lets a statement run. */
  readonly silenceMs?: number;
}

/** A database that starts together with us is waited for as long. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 500;
/** The oldest that Mintmark was tried on. */
const OLDEST_SERVER = 150_000;

/** Connects, migrates, and makes the partitions the next quotes need. */
export async function openDatabase(
  url: DatabaseUrl,
  settings: Settings,
  opening: Opening,
): Promise<DataSource> {
  await prepare(createMigratingDataSource(url.value), url, opening);
  const dataSource = createDataSource(url.value, {
    poolSize: opening.connections ?? settings.DATABASE_POOL_SIZE,
    idleTransactionSeconds: settings.ETL_LEASE_SECONDS,
    silenceMs: opening.silenceMs,
  });
  await connect(dataSource, url, opening);
  try {
    await maintainQuotePartitions(dataSource, new Date(), settings.QUOTE_RETENTION_DAYS);
    // Nobody else can be using an embedded server: whoever held a lease there was killed.
    if (opening.ownServer)
      await dataSource.query(
        'UPDATE etl_checkpoints SET lease_expires_at = now() WHERE lease_expires_at > now()',
      );
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

async function prepare(migrating: DataSource, url: DatabaseUrl, opening: Opening): Promise<void> {
  await connect(migrating, url, opening);
  try {
    const rows: { version: string; encoding: string }[] = await migrating.query(
      `SELECT current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding`,
    );
    const { version, encoding } = rows[0] ?? {};
    if (Number(version) < (opening.oldestServer ?? OLDEST_SERVER))
      throw new DatabaseUnreachable(`The database at ${url.shown} is older than PostgreSQL 15.`, version);
    if (encoding !== 'UTF8')
      throw new DatabaseUnreachable(
        `The database at ${url.shown} has the encoding ${encoding}, which not every coin's name can be written in. ` +
          `Make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.`,
        encoding,
      );
    await migrate(migrating);
  } finally {
    await migrating.destroy();
  }
}

async function connect(dataSource: DataSource, url: DatabaseUrl, opening: Opening): Promise<void> {
  let said = false;
  const until = Date.now() + (opening.patienceMs ?? PATIENCE_MS);
  for (;;) {
    try {
      await dataSource.initialize();
      return;
    } catch (error) {
      const reason = error instanceof Error ? error.message || error.name : String(error);
      if (!isDatabaseUnavailable(error) || Date.now() >= until)
        throw new DatabaseUnreachable(`The database at ${url.shown} can't be used: ${reason}`, error);
      if (!said) opening.say?.(`Waiting for PostgreSQL at ${url.shown} (${reason}) …`);
      said = true;
      await delay(RETRY_MS);
    }
  }
}
