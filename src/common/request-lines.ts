import type { Logger } from 'pino';
import type { Exchange, Exchanges } from './exchanges.js';
import { pathOf, requestId } from './request-id.middleware.js';

/** Probes and scrapes come every few seconds and say nothing. */
const QUIET = new Set(['/health/live', '/health/ready', '/metrics']);

/** A line in the log for every request, when it is over. */
export class RequestLines {
  constructor(
    private readonly logger: Logger,
    exchanges: Exchanges,
  ) {
    exchanges.onEnd((exchange) => this.say(exchange));
  }

  private say({ req, res, url, complete, latencyMs }: Exchange): void {
    const path = pathOf(url);
    if (QUIET.has(path)) return;
    const status = res.statusCode;
    const line = {
      request_id: requestId(req),
      req: { method: req.method, path },
      res: { status },
      latency_ms: latencyMs,
    };
    if (status >= 500)
      this.logger.error({ ...line, err: new Error(`failed with status code ${status}`) }, 'request errored');
    else {
      const message = complete ? 'request completed' : 'request aborted';
      if (status >= 400) this.logger.warn(line, message);
      else this.logger.info(line, message);
    }
  }
}
