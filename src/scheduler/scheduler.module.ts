import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { Retention } from './retention.js';
import { Ticker } from './ticker.js';

@Module({
  imports: [ScheduleModule.forRoot(), IngestionModule],
  providers: [Ticker, Retention],
})
export class SchedulerModule {}
