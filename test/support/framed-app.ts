import { Global, Module } from '@nestjs/common';
import type { Provider, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import { configureApp } from '../../src/app.setup.js';
import { CommonModule } from '../../src/common/common.module.js';
import { AdminToken } from '../../src/config/admin-token.js';
import { readSettings } from '../../src/config/read-settings.js';
import { DataVersion } from '../../src/database/data-version.js';
import { HttpMetrics } from '../../src/metrics/http.metrics.js';

interface Frame {
  readonly controllers: Type[];
  readonly providers?: Provider[];
  /** What PostgreSQL would tell; null: the line to it is down. */
  readonly dataVersion?: () => string | null;
  readonly dataSource?: DataSource;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface FramedApp {
  readonly app: NestExpressApplication;
  readonly url: string;
}

/** The whole HTTP frame around these controllers, listening. Without a data source the database is away. */
export async function startFramedApp(frame: Frame): Promise<FramedApp> {
  @Global()
  @Module({
    providers: [
      { provide: DataVersion, useValue: { current: frame.dataVersion ?? ((): string | null => null) } },
      { provide: DataSource, useValue: frame.dataSource ?? new DataSource({ type: 'postgres' }) },
      { provide: AdminToken, useValue: new AdminToken('correct-horse', false) },
      HttpMetrics,
    ],
    exports: [DataVersion, DataSource, AdminToken, HttpMetrics],
  })
  class Surroundings {}

  @Module({
    imports: [Surroundings, CommonModule.with('1.2.3', readSettings(frame.environment ?? {}))],
    controllers: frame.controllers,
    providers: frame.providers ?? [],
  })
  class FramedModule {}

  const app = await NestFactory.create<NestExpressApplication>(FramedModule, {
    bodyParser: false,
    logger: false,
  });
  configureApp(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl() };
}
