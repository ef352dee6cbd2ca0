import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import type { Settings } from '../config/settings.js';
import { AnswerInterceptor } from './answer.interceptor.js';
import { ClientLimit, WINDOW_MS } from './client-limit.js';
import { ClientLimitGuard } from './client-limit.guard.js';
import { ConnectionDrain } from './connection-drain.js';
import { CrossOrigin } from './cross-origin.js';
import { Exchanges } from './exchanges.js';
import { FrameShutdown } from './frame-shutdown.js';
import { FrontCache } from './front-cache.js';
import { ProgramVersion } from './program-version.js';
import { ReadCache } from './read-cache.js';
import { RequestLog } from './request-log.js';

/** What `configureApp` puts around every route. Needs `DataVersion` and the data source from DatabaseModule. */
@Global()
@Module({})
export class CommonModule {
  static with(version: string, settings: Settings): DynamicModule {
    const limit = new ClientLimit(settings);
    return {
      module: CommonModule,
      imports: [
        ThrottlerModule.forRoot({
          throttlers: [{ ttl: WINDOW_MS, limit: limit.perMinute }],
          skipIf: () => limit.off,
          storage: limit.windows,
        }),
      ],
      providers: [
        { provide: ProgramVersion, useValue: new ProgramVersion(version) },
        { provide: ReadCache, useFactory: () => new ReadCache() },
        { provide: ClientLimit, useValue: limit },
        { provide: CrossOrigin, useValue: new CrossOrigin(settings) },
        { provide: APP_GUARD, useClass: ClientLimitGuard },
        AnswerInterceptor,
        ConnectionDrain,
        Exchanges,
        FrontCache,
        RequestLog,
        FrameShutdown,
      ],
      exports: [
        ProgramVersion,
        ReadCache,
        ClientLimit,
        CrossOrigin,
        AnswerInterceptor,
        ConnectionDrain,
        Exchanges,
        FrontCache,
        RequestLog,
      ],
    };
  }
}
