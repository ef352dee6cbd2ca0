import { Global, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { DatabaseMetrics } from './database.metrics.js';
import { HttpMetrics } from './http.metrics.js';
import { MetricsController } from './metrics.controller.js';

@Global()
@Module({
  imports: [PrometheusModule.register({ path: '/metrics', controller: MetricsController })],
  providers: [HttpMetrics, DatabaseMetrics],
  // The controller is made in PrometheusModule, which sees only what is global.
  exports: [HttpMetrics, DatabaseMetrics],
})
export class MetricsModule {}
