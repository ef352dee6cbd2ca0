import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { register } from 'prom-client';
import { Unlimited } from '../common/client-limit.js';
import { SharedRead } from '../common/shared-read.js';
import { DatabaseMetrics } from './database.metrics.js';

@ApiTags('health')
@Unlimited()
@Controller()
export class MetricsController {
  /** Thousands of lines: scrapes that overlap share them, as they go out. */
  private readonly text = new SharedRead(async () => {
    await this.database.refresh();
    return Buffer.from(await register.metrics());
  });

  constructor(private readonly database: DatabaseMetrics) {}

  @Get()
  @ApiOperation({ summary: 'Metrics for Prometheus', description: 'Answers without the database too.' })
  @ApiProduces('text/plain')
  @ApiResponse({ status: 200, description: 'Series in the text format.', schema: { type: 'string' } })
  async index(@Res() response: Response): Promise<void> {
    const text = await this.text.ask();
    response.header('Content-Type', register.contentType).send(text);
  }
}
