import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { CoinsModule } from '../coins/coins.module.js';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { Retention } from './retention.js';
import { Ticker } from './ticker.js';

@Module({
  imports: [ScheduleModule.forRoot(), IngestionModule, CoinsModule],
  providers: [Ticker, Retention],
})
export class SchedulerModule {}
