import { Socket } from 'node:net';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { CreatedIngestionTables1763900000000 } from '../../migrations/1763900000000-created-ingestion-tables.js';
import { CreatedCoinTables1763900001000 } from '../../migrations/1763900001000-created-coin-tables.js';
import { SettledLinksByOneRow1764300000000 } from '../../migrations/1764300000000-settled-links-by-one-row.js';
import { TimesOfLoading1764300001000 } from '../../migrations/1764300001000-times-of-loading.js';
import { Coin } from './entities/coin.entity.js';
import { DataVersionRow } from './entities/data-version.entity.js';
import { EtlCheckpoint } from './entities/etl-checkpoint.entity.js';
import { EtlRun } from './entities/etl-run.entity.js';
import { IdentityDecision } from './entities/identity-decision.entity.js';
import { IdentityLink } from './entities/identity-link.entity.js';
import { IdentitySettlement } from './entities/identity-settlement.entity.js';
import { Listing } from './entities/listing.entity.js';
import { ListingContract } from './entities/listing-contract.entity.js';
import { QuarantinedRecord } from './entities/quarantined-record.entity.js';
import { Quote } from './entities/quote.entity.js';
import { RawPage } from './entities/raw-page.entity.js';
import { RequestLogEntry } from './entities/request-log-entry.entity.js';
import { RowCount } from './entities/row-count.entity.js';
import { SourceSchema } from './entities/source-schema.entity.js';
import { DatabaseTooSlow } from './within.js';

export interface ConnectionLimits {
  readonly poolSize: number;
  /** A transaction that says nothing for so long is ended by the server, so that a frozen process holds no lock. */
  readonly idleTransactionSeconds: number;
  /** A connection on which nothing moves for so long is dead; unset: longer than the server lets a statement run. */
  readonly silenceMs?: number;
}

const STATEMENT_MS = 60_000;

/** What is asked before the last answer is there is sent at once: PostgreSQL goes on from one to the next by itself. */
const PIPELINED = { pipeline: true };

/** The one description of the database, for the app, its migrations and the tests. */
const DATABASE = {
  type: 'postgres' as const,
  synchronize: false,
  migrationsRun: false,
  migrations: [
    CreatedIngestionTables1763900000000,
    CreatedCoinTables1763900001000,
    SettledLinksByOneRow1764300000000,
    TimesOfLoading1764300001000,
  ],
  entities: [
    Coin,
    DataVersionRow,
    EtlCheckpoint,
    EtlRun,
    IdentityDecision,
    IdentityLink,
    IdentitySettlement,
    Listing,
    ListingContract,
    QuarantinedRecord,
    Quote,
    RawPage,
    RequestLogEntry,
    RowCount,
    SourceSchema,
  ],
  applicationName: 'mintmark',
  // pg-pool without this waits for a free connection for ever.
  connectTimeoutMS: 5_000,
} satisfies Partial<DataSourceOptions>;

export function createDataSource(url: string, limits: ConnectionLimits): DataSource {
  return new DataSource({
    ...DATABASE,
    url,
    poolSize: limits.poolSize,
    extra: {
      statement_timeout: STATEMENT_MS,
      // Not pg's `query_timeout`: it gives the query up and keeps its connection, on which the next would wait as well.
      stream: () => socketFor(limits.silenceMs ?? STATEMENT_MS + 5_000),
      idle_in_transaction_session_timeout: Math.ceil(limits.idleTransactionSeconds * 1000),
      keepAlive: true,
      ...PIPELINED,
    },
  });
}

/** One connection without time limits: a migration may take longer than anything the service asks. */
export function createMigratingDataSource(url: string): DataSource {
  return new DataSource({
    ...DATABASE,
    url,
    poolSize: 1,
    // Nothing else would tell of an end that is gone.
    extra: { ...PIPELINED, keepAlive: true, keepAliveInitialDelayMillis: 10_000 },
  });
}

function socketFor(silenceMs: number): Socket {
  const socket = new Socket();
  socket.setTimeout(silenceMs, () => socket.destroy(new DatabaseTooSlow(silenceMs)));
  return socket;
}
