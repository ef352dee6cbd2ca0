import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { pathOf, requestId } from './common/request-id.middleware.js';
import type { Settings } from './config/settings.js';

/** Probes and scrapes come every few seconds and say nothing while they succeed. */
const QUIET = new Set(['/health/live', '/health/ready', '/metrics']);
/** What Nest says of each module and route it wires; a hundred lines that are the same at every start. */
const WIRING = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);
const INFO = 30;

/** JSON lines on stdout, each with the request id it belongs to; secrets never get so far as to be redacted. */
export function logging(settings: Settings): DynamicModule {
  return LoggerModule.forRoot({
    pinoHttp: {
      level: settings.LOG_LEVEL,
      base: undefined,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label: string) => ({ level: label }) },
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
      genReqId: (req: IncomingMessage) => requestId(req),
      customAttributeKeys: { reqId: 'request_id', responseTime: 'latency_ms' },
      quietReqLogger: true,
      serializers: {
        req: (req: { method: string; url: string }) => ({ method: req.method, path: pathOf(req.url) }),
        res: (res: { statusCode: number }) => ({ status: res.statusCode }),
      },
      customLogLevel: (_req: IncomingMessage, res: ServerResponse, error?: Error) =>
        error || res.statusCode >= 500 ? 'error' : res.statusCode >= 400 ? 'warn' : 'info',
      autoLogging: { ignore: (req: IncomingMessage) => QUIET.has(pathOf(req.url ?? '')) },
    },
  });
}
