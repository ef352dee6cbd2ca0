import { Module } from '@nestjs/common';
import { CoinWriterModule } from '../coins/coin-writer.module.js';
import { EtlController } from './etl.controller.js';
import { IngestionService } from './ingestion.service.js';
import { ManualRuns } from './manual-runs.js';
import { RefusedRecords } from './refused-records.js';

/** Needs `Runs` and `Checkpoints` from RunsModule. */
@Module({
  imports: [CoinWriterModule],
  controllers: [EtlController],
  providers: [IngestionService, ManualRuns, RefusedRecords],
  exports: [IngestionService],
})
export class IngestionModule {}
