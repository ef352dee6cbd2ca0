import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import type { Response } from 'express';
import { Unlimited } from '../common/client-limit.js';
import { IngestionMetrics } from '../ingestion/ingestion.metrics.js';
import { DatabaseMetrics } from './database.metrics.js';

@ApiTags('health')
@Unlimited()
@Controller()
export class MetricsController extends PrometheusController {
  constructor(
    private readonly database: DatabaseMetrics,
    private readonly ingestion: IngestionMetrics,
  ) {
    super();
  }

  @Get()
  @ApiOperation({ summary: 'Metrics for Prometheus', description: 'Answers without the database too.' })
  @ApiProduces('text/plain')
  @ApiResponse({ status: 200, description: 'Series in the text format.', schema: { type: 'string' } })
  override async index(@Res({ passthrough: true }) response: Response): Promise<string> {
    this.ingestion.refresh();
    await this.database.refresh();
    return super.index(response);
  }
}
