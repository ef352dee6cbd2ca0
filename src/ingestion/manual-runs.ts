import { Injectable } from '@nestjs/common';
import { ProblemException } from '../common/problem.js';
import { checkSource } from '../common/source-parameter.js';
import { Settings } from '../config/settings.js';
import type { StartedRuns } from './etl.dto.js';
import { IngestionService } from './ingestion.service.js';
import type { RefusedRun } from './ingestion.service.js';

/** Runs that a person asks for. */
@Injectable()
export class ManualRuns {
  constructor(
    private readonly ingestion: IngestionService,
    private readonly settings: Settings,
  ) {}

  async start(source: string | undefined): Promise<{ started: StartedRuns; location: string }> {
    checkSource(source, this.settings);
    const { started, refused } = await this.ingestion.runNow(source ? [source] : this.settings.SOURCES);
    const reasons = refused.map((run) => ({ source: run.source, reason: reasonOf(run) }));
    if (started.length === 0) throw conflict(refused, reasons);
    const runs = started.map((run) => ({ source: run.source, run_id: Number(run.runId) }));
    const [first] = runs;
    return {
      started: { run_ids: runs.map((run) => run.run_id), runs, refused: reasons },
      location: first && runs.length === 1 ? `/runs/${first.run_id}` : '/runs',
    };
  }
}

function reasonOf({ source, obstacle }: RefusedRun): string {
  if (obstacle.coolDownSeconds > 0)
    return `${source} is cooling down for another ${obstacle.coolDownSeconds} s: ${obstacle.errorMessage ?? 'as it asked'}`;
  return `a run of ${source} is under way`;
}

function conflict(refused: readonly RefusedRun[], reasons: readonly { reason: string }[]): ProblemException {
  const waits = refused.map((run) => run.obstacle.coolDownSeconds).filter((seconds) => seconds > 0);
  return new ProblemException({
    status: 409,
    slug: 'run-not-started',
    title: 'No run was started',
    detail: reasons.map(({ reason }) => reason).join('; '),
    ...(waits.length > 0 && { headers: { 'Retry-After': String(Math.min(...waits)) } }),
  });
}
