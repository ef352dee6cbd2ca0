import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { CoinsModule } from './coins/coins.module.js';
import { CommonModule } from './common/common.module.js';
import { AdminToken } from './config/admin-token.js';
import { ConfigModule } from './config/config.module.js';
import type { Settings } from './config/settings.js';
import { CurationModule } from './curation/curation.module.js';
import { DatabaseModule } from './database/database.module.js';
import type { DatabaseUrl } from './database/database-url.js';
import { HealthModule } from './health/health.module.js';
import { IdentityModule } from './identity/identity.module.js';
import { IngestionModule } from './ingestion/ingestion.module.js';
import { RunsModule } from './ingestion/runs.module.js';
import { SOURCES } from './ingestion/source-registry.js';
import type { RunThreadStart } from './ingestion/threaded-runs.js';
import { LoggingModule } from './logging.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { SchedulerModule } from './scheduler/scheduler.module.js';
import { StatsModule } from './stats/stats.module.js';

export interface Surroundings {
  readonly settings: Settings;
  readonly adminToken: AdminToken;
  readonly version: string;
  /** Connected and migrated. */
  readonly dataSource: DataSource;
  readonly databaseUrl: DatabaseUrl;
  /** The curated crosswalk, `data/identity/crosswalk.csv`. */
  readonly crosswalkFile: string;
  /** Null: runs go on in this thread. */
  readonly runThread: RunThreadStart | null;
}

@Module({})
export class AppModule {
  static with({
    settings,
    adminToken,
    version,
    dataSource,
    databaseUrl,
    crosswalkFile,
    runThread,
  }: Surroundings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LoggingModule.with(settings),
        ConfigModule.with(settings, adminToken),
        DatabaseModule.with(dataSource, databaseUrl),
        CommonModule.with(version, settings),
        IdentityModule.with(crosswalkFile, Object.keys(SOURCES)),
        CoinsModule,
        CurationModule,
        RunsModule.with(runThread),
        IngestionModule,
        SchedulerModule,
        StatsModule,
        HealthModule,
        MetricsModule,
      ],
    };
  }
}
