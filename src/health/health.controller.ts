import { Controller, Get, Header, HttpStatus, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService } from '@nestjs/terminus';
import type { HealthCheckResult } from '@nestjs/terminus';
import type { Response } from 'express';
import { ApiProblem } from '../common/api-answers.js';
import { Unlimited } from '../common/client-limit.js';
import { HealthAnswer, SourceHealth } from './health.dto.js';
import { HealthService } from './health.service.js';
import { ReadyIndicator } from './ready.indicator.js';

const PROBE = {
  schema: {
    type: 'object',
    required: ['status', 'details'],
    properties: {
      status: { type: 'string', enum: ['ok'], example: 'ok' },
      info: { type: 'object', nullable: true },
      error: { type: 'object', nullable: true },
      details: { type: 'object' },
    },
  },
} as const;

@ApiTags('health')
@Unlimited()
@Controller('health')
export class HealthController {
  constructor(
    private readonly service: HealthService,
    private readonly terminus: HealthCheckService,
    private readonly ready: ReadyIndicator,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'The database and every source', description: '503 only when nothing works.' })
  @ApiExtraModels(SourceHealth)
  @ApiOkResponse({ type: HealthAnswer, description: 'Healthy or degraded.' })
  @ApiResponse({ status: 503, type: HealthAnswer, description: 'Unhealthy: the same, as JSON.' })
  async health(@Res({ passthrough: true }) response: Response): Promise<HealthAnswer> {
    const health = await this.service.health();
    if (health.status === 'unhealthy') response.status(HttpStatus.SERVICE_UNAVAILABLE);
    return health;
  }

  @Get('live')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Liveness probe', description: 'Asks nothing of the database.' })
  @ApiOkResponse({ ...PROBE, description: 'The process answers.' })
  live(): Promise<HealthCheckResult> {
    return this.terminus.check([]);
  }

  @Get('ready')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Readiness probe',
    description: 'Not draining, and either the database answers or the cache can.',
  })
  @ApiOkResponse({ ...PROBE, description: 'Send requests here.' })
  @ApiProblem(503, 'Send requests elsewhere.')
  readiness(): Promise<HealthCheckResult> {
    return this.terminus.check([() => this.ready.notDraining(), () => this.ready.canAnswer()]);
  }
}
