import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { bulkhead } from 'cockatiel';
import { DataSource } from 'typeorm';
import { Settings } from '../config/settings.js';
import { analyseGrown } from '../database/table-statistics.js';
import { Checkpoints, LeaseLost } from './checkpoints.js';
import type { Claim } from './checkpoints.js';
import { CoinDecisions } from './coin-decisions.js';
import { forgetShapes, noteDrift, settleShapes } from './drift-baseline.js';
import { PageDrifted } from './drift.js';
import { Faults } from './faults.js';
import { PageWriter } from './page-writer.js';
import type { WrittenPage } from './page-writer.js';
import { preparePage } from './prepared-page.js';
import type { PreparedPage } from './prepared-page.js';
import { readAhead } from './read-ahead.js';
import type { Ahead } from './read-ahead.js';
import { RunAborted } from './run-aborted.js';
import { failureOf, NothingReadable } from './run-failure.js';
import { RunEvents } from './run-events.js';
import { RunLog } from './run-log.js';
import { Runs } from './runs.js';
import type { RunOutcome } from './runs.js';
import type { SourceAdapter, SourceIo } from './source-adapter.js';
import { SourceClient } from './source-client.js';
import { SourceError } from './source-errors.js';
import { SourceRegistry } from './source-registry.js';

/** A failing source can't fill the run's row with what it says. */
const MOST_WARNINGS = 50;

interface Progress {
  extracted: number;
  inserted: number;
  quarantined: number;
  duplicates: number;
  readonly warnings: string[];
}

/** One claimed pass over one source: pages from the cursor, each in its transaction, to the end or a failure. */
@Injectable()
export class Runner extends Runs {
  /**
   * One page, or one end of a pass, at a time: the others would wait for its decisions all the same, each with a
   * connection in hand that leases are renewed on.
   */
  private readonly turns = bulkhead(1, Infinity);

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly registry: SourceRegistry,
    private readonly settings: Settings,
    private readonly checkpoints: Checkpoints,
    private readonly client: SourceClient,
    private readonly writer: PageWriter,
    private readonly decisions: CoinDecisions,
    private readonly faults: Faults,
    private readonly events: RunEvents,
    private readonly log: RunLog,
  ) {
    super();
  }

  async ready(): Promise<void> {}

  async run(claim: Claim, stop: AbortSignal): Promise<RunOutcome> {
    const adapter = this.registry.adapter(claim.source);
    const lost = new AbortController();
    const progress: Progress = { extracted: 0, inserted: 0, quarantined: 0, duplicates: 0, warnings: [] };
    const beat = setInterval(
      () => {
        this.checkpoints.renew(claim).catch((error: unknown) => {
          // A database that is away for a moment doesn't cost the lease; the fence decides at the next write.
          if (error instanceof LeaseLost) lost.abort(error);
          else this.log.of(claim).warn({ err: error }, 'could not renew the lease');
        });
      },
      (this.settings.ETL_LEASE_SECONDS * 1000) / 3,
    );
    const started = performance.now();
    const signal = AbortSignal.any([stop, lost.signal]);
    let outcome: RunOutcome;
    try {
      await this.pass(claim, adapter, signal, progress);
      outcome = await this.finish(claim, adapter, progress, signal);
    } catch (error) {
      outcome = await this.giveUp(claim, progress, stop, error);
    } finally {
      clearInterval(beat);
    }
    const seconds = (performance.now() - started) / 1000;
    if (!stop.aborted) await this.analyse(claim, progress);
    this.events.runEnded(claim.source, outcome, seconds);
    return outcome;
  }

  private async pass(
    claim: Claim,
    adapter: SourceAdapter,
    signal: AbortSignal,
    progress: Progress,
  ): Promise<void> {
    const over = new AbortController();
    const io = this.ioFor(claim, adapter, AbortSignal.any([signal, over.signal]), progress);
    const pages = readAhead(
      adapter.pages({ cursor: claim.cursor, memory: claim.memory }, io),
      (page) => preparePage(adapter, page),
      () => over.abort(new Error('the pass is over')),
    );
    for await (const ahead of pages) {
      assertRunning(signal);
      this.faults.at('fetch', claim.source);
      await this.load(claim, adapter, ahead, progress, signal);
      this.faults.at('committed', claim.source);
      assertRunning(signal);
    }
  }

  private async load(
    claim: Claim,
    adapter: SourceAdapter,
    { ready, goOn }: Ahead<PreparedPage>,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<void> {
    const { page } = ready;
    let written: WrittenPage;
    try {
      written = await this.turns.execute(() => {
        assertRunning(signal);
        return this.writer.write(claim, adapter, ready, goOn);
      });
    } catch (error) {
      // Contracts never come at the price of the prices: without those of this pass, they are loaded all the same.
      if (!(error instanceof PageDrifted) || ready.read.kind !== 'contracts') throw error;
      this.warn(claim, progress, `${error.message}; none of it is loaded, the rest of the pass is`);
      await this.turns.execute(() => this.writer.passOver(claim, page, error));
      return;
    }
    progress.extracted += written.extracted;
    progress.inserted += written.inserted;
    progress.quarantined += written.quarantined;
    progress.duplicates += written.duplicates;
    this.events.pageLoaded(claim.source, written);
    const log = this.log.of(claim);
    log.info({ feed: page.feed, url: page.url, ...written, changes: undefined }, 'page loaded');
    for (const { field, kind, detail, candidate } of written.changes)
      log.warn({ feed: page.feed, field, kind, detail, candidate }, 'the source’s shape moved');
  }

  private ioFor(claim: Claim, adapter: SourceAdapter, signal: AbortSignal, progress: Progress): SourceIo {
    const http = adapter.http;
    const opened =
      http &&
      this.client.open(claim.source, http, {
        beforeRequest: () => this.checkpoints.reserveRequest(claim, http.monthlyQuota),
        onAttempt: ({ outcome, seconds }) => {
          this.events.requestMade(claim.source, outcome, seconds);
        },
        signal,
      });
    return {
      get: (path, query) => {
        if (!opened) throw new Error(`${claim.source} has no HTTP to get ${path} from`);
        return opened.get(path, query);
      },
      warn: (message) => this.warn(claim, progress, message),
      now: () => new Date(),
      signal,
    };
  }

  private warn(claim: Claim, { warnings }: Progress, message: string): void {
    if (warnings.length < MOST_WARNINGS) warnings.push(message);
    this.log.of(claim).warn(message);
  }

  private async finish(
    claim: Claim,
    adapter: SourceAdapter,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<RunOutcome> {
    // Nothing readable in a whole pass is not a success, however smoothly it went; nor may the next one become a
    // success by going on behind it. Whose files nobody can read says so itself: of several, some may be good.
    if (!adapter.reference && nothingReadable(claim, progress))
      throw new NothingReadable(
        `${claim.source}: none of the ${progress.extracted} records could be read; see /quarantine`,
      );
    await this.turns.execute(() => {
      assertRunning(signal);
      return this.checkpoints.finish(claim, warningsOf(progress), async (manager) => {
        await this.decisions.ofPass(manager, claim.source);
        await settleShapes(manager, claim);
      });
    });
    this.log
      .of(claim)
      .info({ extracted: progress.extracted, quarantined: progress.quarantined }, 'run finished');
    return 'success';
  }

  private async analyse(claim: Claim, { inserted }: Progress): Promise<void> {
    try {
      await analyseGrown(this.dataSource, inserted);
    } catch (error) {
      // The run is over, whatever came of it.
      this.log.of(claim).warn({ err: error }, 'the tables could not be analysed');
    }
  }

  private async giveUp(
    claim: Claim,
    progress: Progress,
    stop: AbortSignal,
    error: unknown,
  ): Promise<RunOutcome> {
    const log = this.log.of(claim);
    const why = error instanceof RunAborted && error.cause instanceof LeaseLost ? error.cause : error;
    try {
      if (why instanceof LeaseLost) {
        log.warn(why.message);
        return 'lost';
      }
      // What a source said just before still binds the next process.
      if (stop.aborted && !(why instanceof SourceError)) {
        await this.checkpoints.release(claim, warningsOf(progress));
        log.info('run interrupted by shutdown; the next goes on at its page');
        return 'interrupted';
      }
      const failure = failureOf(why);
      log.error({ code: failure.code, err: why instanceof SourceError ? undefined : why }, failure.message);
      await this.checkpoints.fail(claim, warningsOf(progress), failure, async (manager) => {
        if (why instanceof PageDrifted) await noteDrift(manager, claim, why);
        if (nothingReadable(claim, progress)) await forgetShapes(manager, claim.source);
      });
      return 'failed';
    } catch (closing) {
      // The lease runs out by itself and the next claimer closes the run.
      log.error({ err: closing }, 'the run could not be closed');
      return closing instanceof LeaseLost ? 'lost' : 'failed';
    }
  }
}

/** Of a pass; one that goes on was read by earlier runs too. */
function nothingReadable({ cursor }: Claim, { extracted, quarantined }: Progress): boolean {
  return cursor === null && extracted > 0 && quarantined === extracted;
}

function warningsOf({ warnings, duplicates }: Progress): readonly string[] {
  if (duplicates === 0) return warnings;
  const records = duplicates === 1 ? '1 record was' : `${duplicates} records were`;
  return [
    ...warnings,
    `${records} followed by another of the same coin on the same page; the last one counts`,
  ];
}

function assertRunning(signal: AbortSignal): void {
  if (signal.aborted) throw new RunAborted(signal);
}
