import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { CoinWriterModule } from '../coins/coin-writer.module.js';
import { Checkpoints } from './checkpoints.js';
import { IngestionMetrics } from './ingestion.metrics.js';
import { RunEvents } from './run-events.js';
import { RUN_PROVIDERS } from './run-providers.js';
import { Runner } from './runner.js';
import { Runs } from './runs.js';
import { RunThreadStart, ThreadedRuns } from './threaded-runs.js';

@Module({})
export class RunsModule {
  /** Runs go on in a thread of their own, or, for tests that reach into them, in this one. */
  static with(thread: RunThreadStart | null): DynamicModule {
    const here = [...RUN_PROVIDERS, { provide: Runs, useExisting: Runner }];
    const there = [
      Checkpoints,
      { provide: RunThreadStart, useValue: thread },
      { provide: Runs, useClass: ThreadedRuns },
    ];
    return {
      module: RunsModule,
      global: true,
      imports: [HttpModule, CoinWriterModule],
      providers: [
        IngestionMetrics,
        { provide: RunEvents, useExisting: IngestionMetrics },
        ...(thread ? there : here),
      ],
      exports: [Runs, Checkpoints],
    };
  }
}
