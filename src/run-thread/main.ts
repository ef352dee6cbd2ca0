import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { NestFactory } from '@nestjs/core';
import { Logger } from 'nestjs-pino';
import { Settings } from '../config/settings.js';
import { createDataSource } from '../database/data-source.js';
import type { RunOrder, RunReport, RunThreadData } from '../ingestion/run-thread-messages.js';
import { Runner } from '../ingestion/runner.js';
import { makeLogger } from '../logger.js';
import { PostedRunEvents } from './posted-run-events.js';
import { RunThreadModule } from './run-thread.module.js';

/** The thread of runs: what it is told to run it runs, and says how that ended. */
async function main(port: MessagePort, data: RunThreadData): Promise<void> {
  const say = (report: RunReport): void => port.postMessage(report);
  giveWay();
  const settings = Object.assign(new Settings(), data.settings);
  const dataSource = createDataSource(data.databaseUrl, {
    poolSize: data.connections,
    idleTransactionSeconds: settings.ETL_LEASE_SECONDS,
  });
  await dataSource.initialize();
  const app = await NestFactory.createApplicationContext(
    RunThreadModule.with({
      settings,
      dataSource,
      crosswalkFile: data.crosswalkFile,
      events: new PostedRunEvents(port),
      logger: makeLogger(settings, { write: (line) => say({ kind: 'line', line }) }),
    }),
    { bufferLogs: true, abortOnError: false },
  );
  app.useLogger(app.get(Logger));
  const runner = app.get(Runner);
  const stops = new Map<string, AbortController>();
  port.on('message', (order: RunOrder) => {
    if (order.kind === 'stop') {
      const { runId } = order;
      say({ kind: 'stopping', runId });
      stops.get(runId)?.abort(new Error('shutdown'));
    } else if (order.kind === 'run') {
      const { runId } = order.claim;
      const stop = new AbortController();
      stops.set(runId, stop);
      void runner.run(order.claim, stop.signal).then((outcome) => {
        stops.delete(runId);
        say({ kind: 'ended', runId, outcome });
      });
    } else {
      // What fails here ends the thread as well.
      void app
        .close()
        .then(() => dataSource.destroy())
        .then(() => port.close());
    }
  });
  say({ kind: 'ready' });
}

/** Where a thread has a priority of its own, those who are waited for come first. */
function giveWay(): void {
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
}

if (parentPort) void main(parentPort, workerData as RunThreadData);
