import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { currentRequestId } from './common/request-id.middleware.js';
import type { Settings } from './config/settings.js';

/** What Nest says of each module and route it wires; a hundred lines that are the same at every start. */
const WIRING = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);
const INFO = 30;

/** JSON lines, each with the request id it belongs to; secrets never get so far as to be redacted. */
export function makeLogger(settings: Settings, destination: DestinationStream): Logger {
  return pino(
    {
      level: settings.LOG_LEVEL,
      base: undefined,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
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
}
