import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Answer } from '../common/answer.js';
import { CachedRead } from '../common/answer.interceptor.js';
import { ApiAnswer, ApiProblem } from '../common/api-answers.js';
import { CompareQuery, Comparison, RunParameters, RunRow, RunsQuery } from './run.dto.js';
import { SourceStats, StatsAnswer } from './stats.dto.js';
import { StatsService } from './stats.service.js';

@ApiTags('runs')
@Controller()
export class StatsController {
  constructor(private readonly service: StatsService) {}

  @Get('stats')
  @CachedRead()
  @ApiOperation({ summary: 'How the sources’ runs went, in all and by source' })
  @ApiExtraModels(SourceStats)
  @ApiOkResponse({ type: StatsAnswer, description: 'The figures.' })
  stats(): Promise<StatsAnswer> {
    return this.service.stats();
  }

  @Get('runs')
  @CachedRead()
  @ApiOperation({ summary: 'Runs, newest first' })
  @ApiAnswer(RunRow, { list: true, description: 'A page of runs.' })
  runs(@Query() query: RunsQuery): Promise<Answer> {
    return this.service.runs(query);
  }

  @Get('runs/compare')
  @CachedRead()
  @ApiOperation({ summary: 'Two runs of one source side by side, with what is unusual against its history' })
  @ApiAnswer(Comparison, { description: 'The comparison.' })
  @ApiProblem(404, 'There is no such run.')
  compare(@Query() query: CompareQuery): Promise<Answer> {
    return this.service.compare(query);
  }

  @Get('runs/:run_id')
  @CachedRead()
  @ApiOperation({ summary: 'One run' })
  @ApiAnswer(RunRow, { description: 'The run.' })
  @ApiProblem(404, 'There is no such run.')
  run(@Param() parameters: RunParameters): Promise<Answer> {
    return this.service.run(parameters.run_id);
  }
}
