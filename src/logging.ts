import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { pino } from 'pino';
import { Exchanges } from './common/exchanges.js';
import { LogOutput } from './common/log-output.js';
import { RequestLines } from './common/request-lines.js';
import type { Settings } from './config/settings.js';
import { makeLogger } from './logger.js';

/** What may wait for a reader of the log that doesn't read, before lines are dropped. */
const WAITING_BYTES = 16 * 1024 * 1024;
/** Lines that are written in one go while there are many; a line waits for others no longer than that. */
const TOGETHER_BYTES = 4 * 1024;
const TOGETHER_MS = 100;

/** The log on stdout. */
@Module({})
export class LoggingModule {
  static with(settings: Settings): DynamicModule {
    // Nobody waits for a line to be written; what is left when the process ends, pino writes then.
    const destination = pino.destination({
      dest: 1,
      sync: false,
      maxLength: WAITING_BYTES,
      minLength: TOGETHER_BYTES,
      periodicFlush: TOGETHER_MS,
    });
    const logger = makeLogger(settings, destination);
    return {
      module: LoggingModule,
      global: true,
      // Its middleware makes two loggers a request; a request's lines need no more than its id.
      imports: [LoggerModule.forRoot({ pinoHttp: { logger }, forRoutes: [] })],
      providers: [
        { provide: LogOutput, useValue: destination },
        {
          provide: RequestLines,
          inject: [Exchanges],
          useFactory: (exchanges: Exchanges) => new RequestLines(logger, destination, exchanges),
        },
      ],
      exports: [LogOutput],
    };
  }
}
