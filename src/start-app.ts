import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import type { Surroundings } from './app.module.js';
import { configureApp } from './app.setup.js';

export interface RunningApp {
  readonly app: NestExpressApplication;
  /** Answers what is open, ends the running page, and closes the connections to the database last. */
  readonly stop: () => Promise<void>;
}

/** The complete service, listening; also what the end-to-end tests start. Takes over the data source. */
export async function startApp(surroundings: Surroundings): Promise<RunningApp> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(surroundings), {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  const stop = async (): Promise<void> => {
    await app.close();
    await surroundings.dataSource.destroy();
  };
  try {
    app.useLogger(app.get(Logger));
    configureApp(app);
    await app.listen(surroundings.settings.PORT, surroundings.settings.HOST);
    return { app, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
