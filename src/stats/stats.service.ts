import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Answer } from '../common/answer.js';
import { pageMetadata, pagingOf } from '../common/paging.js';
import { ParametersInvalid, ProblemException } from '../common/problem.js';
import { checkSource } from '../common/source-parameter.js';
import { Settings } from '../config/settings.js';
import { toRun } from './run.dto.js';
import type { CompareQuery, Comparison, RunColumns, RunRow, RunsQuery } from './run.dto.js';
import { toStats } from './stats.dto.js';
import type { StatsAnswer, StatsColumns } from './stats.dto.js';
import { COUNT_RUNS, RUNS, RUNS_BY_ID, STATS, USUAL } from './stats.queries.js';
import { unusual } from './unusual.js';
import type { Usual } from './unusual.js';

const COMPARED = [
  'duration_seconds',
  'pages',
  'extracted',
  'inserted',
  'updated',
  'unchanged',
  'quarantined',
] as const;

/** Runs as they were and as they usually are. */
@Injectable()
export class StatsService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  async stats(): Promise<StatsAnswer> {
    const rows: StatsColumns[] = await this.dataSource.query(STATS, [this.settings.SOURCES]);
    return toStats(rows);
  }

  async runs(query: RunsQuery): Promise<Answer> {
    checkSource(query.source, this.settings);
    const paging = pagingOf(query);
    const filter = [query.source ?? null, query.status ?? null];
    const rows: RunColumns[] = await this.dataSource.query(RUNS, [...filter, paging.limit, paging.offset]);
    const counts: { total: number }[] = await this.dataSource.query(COUNT_RUNS, filter);
    return new Answer(rows.map(toRun), pageMetadata(paging, counts[0]?.total ?? 0));
  }

  async run(runId: number): Promise<Answer> {
    return new Answer(await this.find(runId));
  }

  async compare(query: CompareQuery): Promise<Answer> {
    const a = await this.find(query.a);
    const b = await this.find(query.b);
    if (a.source !== b.source)
      throw new ParametersInvalid([
        {
          parameter: 'b',
          message: `b is a run of ${b.source}, a one of ${a.source}: only one source’s runs compare`,
        },
      ]);
    const usuals: Usual[] = await this.dataSource.query(USUAL, [a.source, [a.run_id, b.run_id]]);
    const usual = usuals[0];
    const comparison: Comparison = {
      a: { run: a, unusual: usual ? unusual(a, usual) : [] },
      b: { run: b, unusual: usual ? unusual(b, usual) : [] },
      differences: COMPARED.map((metric) => {
        const [x, y] = [a[metric], b[metric]];
        return {
          metric,
          a: x,
          b: y,
          difference: x === null || y === null ? null : Math.round((y - x) * 1000) / 1000,
        };
      }),
    };
    return new Answer(comparison);
  }

  private async find(runId: number): Promise<RunRow> {
    const rows: RunColumns[] = await this.dataSource.query(RUNS_BY_ID, [[runId]]);
    if (!rows[0])
      throw new ProblemException({
        status: 404,
        slug: 'run-not-found',
        title: 'Run not found',
        detail: `There is no run ${runId}; /runs lists them.`,
      });
    return toRun(rows[0]);
  }
}
