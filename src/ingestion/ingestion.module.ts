import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { CoinsModule } from '../coins/coins.module.js';
import { Checkpoints } from './checkpoints.js';
import { CoinDecisions } from './coin-decisions.js';
import { EtlController } from './etl.controller.js';
import { Faults } from './faults.js';
import { IngestionMetrics } from './ingestion.metrics.js';
import { IngestionService } from './ingestion.service.js';
import { ManualRuns } from './manual-runs.js';
import { PageContent } from './page-content.js';
import { PageWriter } from './page-writer.js';
import { RefusedRecords } from './refused-records.js';
import { RunLog } from './run-log.js';
import { Runner } from './runner.js';
import type { SourceAdapter } from './source-adapter.js';
import { SourceClient } from './source-client.js';
import { SOURCE_ADAPTERS, SourceRegistry, SOURCES } from './source-registry.js';

@Module({
  imports: [HttpModule, CoinsModule],
  controllers: [EtlController],
  providers: [
    ...Object.values(SOURCES),
    {
      provide: SOURCE_ADAPTERS,
      useFactory: (...adapters: SourceAdapter[]) => adapters,
      inject: Object.values(SOURCES),
    },
    SourceRegistry,
    SourceClient,
    Checkpoints,
    Faults,
    CoinDecisions,
    PageContent,
    PageWriter,
    RunLog,
    Runner,
    IngestionMetrics,
    IngestionService,
    ManualRuns,
    RefusedRecords,
  ],
  exports: [IngestionService, IngestionMetrics],
})
export class IngestionModule {}
