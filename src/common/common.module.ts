import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AnswerInterceptor } from './answer.interceptor.js';
import { ConnectionDrain } from './connection-drain.js';
import { FrameShutdown } from './frame-shutdown.js';
import { ProgramVersion } from './program-version.js';
import { ReadCache } from './read-cache.js';
import { RequestLog } from './request-log.js';

/** What `configureApp` puts around every route. Needs `DataVersion` and the data source from DatabaseModule. */
@Global()
@Module({})
export class CommonModule {
  static with(version: string): DynamicModule {
    return {
      module: CommonModule,
      providers: [
        { provide: ProgramVersion, useValue: new ProgramVersion(version) },
        { provide: ReadCache, useFactory: () => new ReadCache() },
        AnswerInterceptor,
        ConnectionDrain,
        RequestLog,
        FrameShutdown,
      ],
      exports: [ProgramVersion, ReadCache, AnswerInterceptor, ConnectionDrain, RequestLog],
    };
  }
}
