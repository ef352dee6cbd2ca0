import type { MessagePort } from 'node:worker_threads';
import { RunEvents } from '../ingestion/run-events.js';
import type { RunEvent, RunReport } from '../ingestion/run-thread-messages.js';

/** Tells the thread that this one was started by. */
export class PostedRunEvents extends RunEvents {
  constructor(private readonly port: MessagePort) {
    super();
  }

  requestMade(...told: Parameters<RunEvents['requestMade']>): void {
    this.post({ name: 'requestMade', told });
  }

  pageLoaded(...told: Parameters<RunEvents['pageLoaded']>): void {
    this.post({ name: 'pageLoaded', told });
  }

  runEnded(...told: Parameters<RunEvents['runEnded']>): void {
    this.post({ name: 'runEnded', told });
  }

  circuitChanged(...told: Parameters<RunEvents['circuitChanged']>): void {
    this.post({ name: 'circuitChanged', told });
  }

  private post(event: RunEvent): void {
    this.port.postMessage({ kind: 'event', event } satisfies RunReport);
  }
}
