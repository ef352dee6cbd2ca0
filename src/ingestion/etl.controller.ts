import { Controller, Get, Header, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { AdminOnly } from '../common/admin.guard.js';
import { Answer } from '../common/answer.js';
import { CachedRead } from '../common/answer.interceptor.js';
import { ApiAnswer, ApiProblem } from '../common/api-answers.js';
import {
  DriftQuery,
  DriftRow,
  QuarantinedRow,
  QuarantineQuery,
  RunSourceQuery,
  StartedRuns,
} from './etl.dto.js';
import { ManualRuns } from './manual-runs.js';
import { RefusedRecords } from './refused-records.js';

@ApiTags('ingestion')
@Controller()
export class EtlController {
  constructor(
    private readonly runs: ManualRuns,
    private readonly records: RefusedRecords,
  ) {}

  @Post('etl/run')
  @HttpCode(202)
  @AdminOnly()
  @ApiOperation({
    summary: 'Start a run now, due or not',
    description:
      'A source that is cooling down is left alone: its `Retry-After` binds us, not only the schedule.',
  })
  @ApiAnswer(StartedRuns, {
    status: 202,
    description: 'Started; `Location` is where to watch.',
    headers: { Location: { description: 'The run, or the list of runs.', schema: { type: 'string' } } },
  })
  @ApiProblem(409, 'A run is under way already, or the source is cooling down.')
  async run(@Query() query: RunSourceQuery, @Res({ passthrough: true }) response: Response): Promise<Answer> {
    const { started, location } = await this.runs.start(query.source);
    response.setHeader('Location', location);
    return new Answer(started);
  }

  @Get('quarantine')
  @AdminOnly()
  @Header('Cache-Control', 'private, no-store')
  @ApiOperation({ summary: 'Records that could not be read, newest first' })
  @ApiAnswer(QuarantinedRow, { list: true, description: 'A page of records.' })
  quarantined(@Query() query: QuarantineQuery): Promise<Answer> {
    return this.records.quarantined(query);
  }

  @Get('drift')
  @CachedRead()
  @ApiOperation({ summary: 'Fields of the sources that are not as they were, newest first' })
  @ApiAnswer(DriftRow, { list: true, description: 'A page of fields.' })
  drift(@Query() query: DriftQuery): Promise<Answer> {
    return this.records.drift(query);
  }
}
