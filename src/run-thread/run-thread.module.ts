import { HttpModule } from '@nestjs/axios';
import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import { CoinWriterModule } from '../coins/coin-writer.module.js';
import { Settings } from '../config/settings.js';
import { IdentityModule } from '../identity/identity.module.js';
import { RunEvents } from '../ingestion/run-events.js';
import { RUN_PROVIDERS } from '../ingestion/run-providers.js';

interface Surroundings {
  readonly settings: Settings;
  readonly dataSource: DataSource;
  readonly crosswalkFile: string;
  readonly events: RunEvents;
  readonly logger: Logger;
}

/** Everything that carries out runs, and nothing that answers anybody. */
@Global()
@Module({})
export class RunThreadModule {
  static with({ settings, dataSource, crosswalkFile, events, logger }: Surroundings): DynamicModule {
    return {
      module: RunThreadModule,
      imports: [
        LoggerModule.forRoot({ pinoHttp: { logger }, forRoutes: [] }),
        HttpModule,
        // The main thread reads the same file, and reports what is wrong with it.
        IdentityModule.with(crosswalkFile, null),
        CoinWriterModule,
      ],
      providers: [
        { provide: Settings, useValue: settings },
        { provide: getDataSourceToken(), useValue: dataSource },
        { provide: RunEvents, useValue: events },
        ...RUN_PROVIDERS,
      ],
      exports: [Settings, getDataSourceToken()],
    };
  }
}
