import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import type { Logger } from 'pino';
import type { Claim } from './checkpoints.js';

/** Log lines of a run, each with its run id and source. */
@Injectable()
export class RunLog {
  constructor(private readonly logger: PinoLogger) {}

  of(claim: Claim): Logger {
    return this.logger.logger.child({ run_id: claim.runId, source: claim.source });
  }
}
