import type { Server } from 'node:http';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import type { Surroundings } from './app.module.js';
import { configureApp } from './app.setup.js';

/** The complete service, listening; also what the end-to-end tests start. */
export async function startApp(surroundings: Surroundings): Promise<NestExpressApplication<Server>> {
  const app = await NestFactory.create<NestExpressApplication<Server>>(AppModule.with(surroundings), {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  try {
    app.useLogger(app.get(Logger));
    configureApp(app);
    await app.listen(surroundings.settings.PORT, surroundings.settings.HOST);
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}
