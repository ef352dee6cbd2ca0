import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AboutController } from './about.controller.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { ReadyIndicator } from './ready.indicator.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [AboutController, HealthController],
  providers: [HealthService, ReadyIndicator],
})
export class HealthModule {}
