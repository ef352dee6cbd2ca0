import { Worker } from 'node:worker_threads';
import type { Claim } from './checkpoints.js';
import type { RunOrder, RunReport, RunThreadData } from './run-thread-messages.js';
import type { RunOutcome } from './runs.js';

/** Its heap is full, or something in it was thrown that nobody caught. */
export class RunThreadEnded extends Error {
  constructor(cause: unknown) {
    super('the thread of runs ended before it was told to', { cause });
    this.name = 'RunThreadEnded';
  }
}

/** A page's records live for one page: with more room for the young, few of them are ever moved. */
const YOUNG_MEGABYTES = 64;

/** So long it may say nothing to a wish. After that it is ended as it is: what it was writing is rolled back. */
const GRACE_MS = 10_000;

/** How the thread is started. */
interface Start {
  readonly file: string;
  readonly data: RunThreadData;
  /** At most, for what outlives a moment. */
  readonly heapMegabytes: number;
}

interface OpenRun {
  resolve(outcome: RunOutcome): void;
  reject(error: RunThreadEnded): void;
}

/** One thread that carries out runs, from its start to its end. */
export class RunThread {
  readonly ready: Promise<void>;
  private readonly worker: Worker;
  private readonly runs = new Map<string, OpenRun>();
  private readonly exited: Promise<unknown>;
  private cause: unknown = null;
  private over = false;
  private unheard: NodeJS.Timeout | undefined;

  constructor({ file, data, heapMegabytes }: Start, heard: (report: RunReport) => void) {
    const worker = new Worker(file, {
      workerData: data,
      name: 'runs',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES, maxOldGenerationSizeMb: heapMegabytes },
    });
    this.worker = worker;
    worker.on('error', (error) => {
      this.cause = error;
    });
    this.exited = new Promise((resolve) => worker.once('exit', resolve));
    this.ready = new Promise((resolve, reject) => {
      worker.on('message', (report: RunReport) => {
        if (report.kind === 'ready') resolve();
        else if (report.kind === 'stopping') this.wasHeard();
        else if (report.kind === 'ended') this.closed(report.runId)?.resolve(report.outcome);
        else heard(report);
      });
      worker.once('exit', () => {
        this.over = true;
        this.wasHeard();
        const error = new RunThreadEnded(this.cause);
        reject(error);
        for (const runId of [...this.runs.keys()]) this.closed(runId)?.reject(error);
      });
    });
    // Whoever asks is told; nobody may be asking.
    this.ready.catch(() => undefined);
  }

  get hasEnded(): boolean {
    return this.over;
  }

  /** Rejects with `RunThreadEnded` when the thread ends first. */
  run(claim: Claim, stop: AbortSignal): Promise<RunOutcome> {
    const { runId } = claim;
    const outcome = new Promise<RunOutcome>((resolve, reject) => {
      if (this.over) reject(new RunThreadEnded(this.cause));
      this.runs.set(runId, { resolve, reject });
    });
    const giveUp = (): void => {
      this.order({ kind: 'stop', runId });
      // Something in it may never come back to what it is told.
      this.unheard ??= setTimeout(() => this.cutOff(), GRACE_MS);
    };
    this.order({ kind: 'run', claim });
    if (stop.aborted) giveUp();
    stop.addEventListener('abort', giveUp, { once: true });
    return outcome.finally(() => stop.removeEventListener('abort', giveUp));
  }

  /** Call it when no run is open. */
  async end(): Promise<void> {
    this.order({ kind: 'end' });
    const timer = setTimeout(() => this.cutOff(), GRACE_MS);
    await this.exited;
    clearTimeout(timer);
  }

  private wasHeard(): void {
    clearTimeout(this.unheard);
    this.unheard = undefined;
  }

  private cutOff(): void {
    this.cause = new Error(`it heard nothing for ${GRACE_MS / 1000} s`);
    void this.worker.terminate();
  }

  private order(order: RunOrder): void {
    this.worker.postMessage(order);
  }

  private closed(runId: string): OpenRun | undefined {
    const run = this.runs.get(runId);
    this.runs.delete(runId);
    return run;
  }
}
