import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { pino } from 'pino';
import { Exchanges } from './common/exchanges.js';
import { currentRequestId } from './common/request-id.middleware.js';
import type { Settings } from './config/settings.js';
import { RequestLines } from './common/request-lines.js';

/** What Nest says of each module and route it wires; a hundred lines that are the same at every start. */
const WIRING = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);
const INFO = 30;
/** What may wait for a reader of the log that doesn't read, before lines are dropped. */
const WAITING_BYTES = 16 * 1024 * 1024;

/** JSON lines on stdout, each with the request id it belongs to; secrets never get so far as to be redacted. */
@Module({})
export class LoggingModule {
  static with(settings: Settings): DynamicModule {
    // Nobody waits for a line to be written; what is left when the process ends, pino writes then.
    const destination = pino.destination({ dest: 1, sync: false, maxLength: WAITING_BYTES });
    const form = {
      level: settings.LOG_LEVEL,
      base: undefined,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label: string) => ({ level: label }) },
    };
    const logger = pino(
      {
        ...form,
        mixin: () => {
          const id = currentRequestId();
          return id === undefined ? {} : { request_id: id };
        },
        redact: {
          paths: [
            'req.headers',
            'res.headers',
            'headers',
            '*.headers',
            '*.password',
            '*.token',
            '*.connectionString',
            'err.parameters',
            'err.config',
            'err.driverError',
          ],
          remove: true,
        },
        hooks: {
          logMethod(args, method, level) {
            const [first]: readonly unknown[] = args;
            const context =
              typeof first === 'object' && first !== null && 'context' in first ? first.context : null;
            if (level <= INFO && typeof context === 'string' && WIRING.has(context)) return;
            method.apply(this, args);
          },
        },
      },
      destination,
    );
    return {
      module: LoggingModule,
      // Its middleware makes two loggers a request; a request's lines need no more than its id.
      imports: [LoggerModule.forRoot({ pinoHttp: { logger }, forRoutes: [] })],
      providers: [
        {
          provide: RequestLines,
          inject: [Exchanges],
          useFactory: (exchanges: Exchanges) => new RequestLines(logger, destination, exchanges),
        },
      ],
    };
  }
}
