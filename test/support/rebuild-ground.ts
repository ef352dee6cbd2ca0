import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../src/config/read-settings.js';
import { CrosswalkBook } from '../../src/identity/crosswalk-book.js';
import { isSettled } from '../../src/identity/settled-links.queries.js';
import { readCrosswalk } from '../../src/identity/crosswalk.js';
import { rebuild } from '../../src/rebuild/rebuild.js';
import type { Rebuilt, RebuildOptions } from '../../src/rebuild/rebuild.js';
import { coinGeckoRow, coinPaprikaRow, Market, minutesAgo, rowsOf, Verbatim } from './market.js';
import { answer } from './misbehaving-server.js';
import { startService } from './service.js';
import type { Service, ServiceAnswer } from './service.js';
import { dumpTables } from './table-dump.js';

const SOURCES = ['coingecko', 'coinpaprika', 'csv'];

/** What `dumpTables` leaves out and a rebuild must bring back as well, or leave alone. */
const MORE: Readonly<Record<string, string>> = {
  origins: `SELECT source, source_coin_id, run_id, raw_page_id, fetched_at FROM listings ORDER BY 1, 2`,
  links: `
    SELECT l.source, l.source_coin_id, k.coin_id, k.method, k.confidence, k.evidence, k.candidates, k.suspect,
           k.apart_from, k.decided_by, k.revoked_at IS NOT NULL AS revoked,
           k.settled_at IS NOT NULL OR (k.revoked_at IS NULL AND ${isSettled('k')}) AS settled
    FROM identity_links k JOIN listings l USING (listing_id) ORDER BY l.source, l.source_coin_id, k.link_id`,
  quarantined: `
    SELECT source, run_id, raw_page_id, reason FROM quarantine ORDER BY raw_page_id, reason, message, record`,
  shapes: `
    SELECT source, feed, field, type, null_share, most_null, pass, change->>'kind' AS change, change->>'run_id' AS run
    FROM source_schemas ORDER BY source, feed, field`,
  decisions: `
    SELECT decision_id, kind, reason, request_id, decided_at, undone_at, undone_request_id, signposts
    FROM identity_decisions ORDER BY 1`,
  runs: `SELECT * FROM etl_runs ORDER BY run_id`,
  checkpoints: `
    SELECT source, cursor, memory, listings, data_as_of, last_success_at, next_due_at, total_runs, finished_runs
    FROM etl_checkpoints ORDER BY 1`,
  counts: `SELECT counted, sum(rows) AS rows FROM row_counts GROUP BY 1 ORDER BY 1`,
};

/** Three sources that were loaded several times and decided on by persons, and the rebuild of it all. */
export class RebuildGround {
  private constructor(
    readonly market: Market,
    readonly service: Service,
    private readonly folder: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async open(): Promise<RebuildGround> {
    const folder = await mkdtemp(join(tmpdir(), 'mintmark-csv-'));
    const market = await Market.open();
    const environment = {
      ...market.environment,
      CSV_PATH: folder,
      COINGECKO_MAX_COINS: '500',
      // The service would start by itself what a rebuild interrupts.
      ETL_TICK_SECONDS: '3600',
    };
    const service = await startService({ environment });
    const ground = new RebuildGround(market, service, folder, environment);
    await ground.firstDay();
    await ground.secondDay();
    await ground.thirdDay();
    await ground.fourthDay();
    return ground;
  }

  async close(): Promise<void> {
    await this.service.stop();
    await this.market.close();
    await rm(this.folder, { recursive: true });
  }

  /** What a rebuild in a process of its own is started with. */
  get settings(): Readonly<Record<string, string>> {
    return { ...this.environment, DATABASE_URL: this.service.database.url.value, ETL_LEASE_SECONDS: '2' };
  }

  async rebuild(more: Partial<RebuildOptions> = {}): Promise<Rebuilt> {
    const crosswalk = readCrosswalk(await readFile('data/identity/crosswalk.csv', 'utf8'));
    return rebuild({
      dataSource: this.service.database.dataSource,
      url: this.service.database.url,
      settings: readSettings(this.settings),
      crosswalk: new CrosswalkBook(crosswalk.entries),
      stop: new AbortController().signal,
      progress: () => undefined,
      ...more,
    });
  }

  async state(): Promise<Record<string, unknown[]>> {
    const state = await dumpTables(this.service.database.dataSource);
    for (const [part, query] of Object.entries(MORE)) state[part] = await this.service.rows(query);
    return state;
  }

  async send(method: string, path: string, body?: unknown): Promise<ServiceAnswer> {
    const answer = await this.service.ask(method, path, {
      headers: {
        ...this.service.authorization,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (answer.status !== 200) throw new Error(answer.text);
    return answer;
  }

  /** All sources, as if their catalogues had to be asked for again. */
  async runAll(): Promise<void> {
    await this.service.rows(`UPDATE etl_checkpoints SET memory = '{}' WHERE source <> 'csv'`);
    for (const source of SOURCES) {
      const { status, error } = await this.service.run(source);
      if (status !== 'success') throw new Error(error?.message);
    }
  }

  /** One coin by its contract alone, one record that can't be read, namesakes. */
  private async firstDay(): Promise<void> {
    const { market } = this;
    await writeFile(
      join(this.folder, 'coins.csv'),
      'symbol,name,price_usd\nC1,Coin 1,1.1\nLNE,Lone,1\nTWN,Twin,5\nBAD,Bad,-3\n',
    );
    const at = minutesAgo(10);
    market.coinGecko = [
      ...rowsOf(260, coinGeckoRow),
      coinGeckoRow(300, at, { id: 'twin', symbol: 'twn', name: 'Twin' }),
      coinGeckoRow(301, at, { id: 'twin-2', symbol: 'twn', name: 'Twin' }),
      coinGeckoRow(302, at, { id: 'other', symbol: 'oth', name: 'Other' }),
      coinGeckoRow(303, at, { id: 'bitcoin', symbol: 'btc', name: 'Bitcoin' }),
    ];
    market.coinGecko[9] = coinGeckoRow(9, at, { symbol: 'else', name: 'Otherwise' });
    market.coinGecko[7] = coinGeckoRow(7, at, { current_price: new Verbatim('1e400') });
    market.giveContracts([0, 9, 20, 21, 22, 23]);
    market.coinPaprika = [
      ...rowsOf(120, coinPaprikaRow),
      coinPaprikaRow(1, minutesAgo(9), { id: 'lne-lone', symbol: 'LNE', name: 'Lone' }),
      coinPaprikaRow(303, at, { id: 'btc-bitcoin', symbol: 'XBT', name: 'Bitcoin' }),
    ];
    await this.runAll();
  }

  /** A pin and a split; prices move, a coin is renamed, others come. */
  private async secondDay(): Promise<void> {
    const { market } = this;
    const twin = { source: 'csv', source_coin_id: 'twin-twn', coin_id: 'twin', reason: 'the better known' };
    await this.send('POST', '/identity/links', twin);
    await this.send('DELETE', '/identity/links?source=coinpaprika&source_coin_id=c5-coin-5');
    const later = minutesAgo(5).toISOString();
    market.coinGecko = market.coinGecko.map((row, index) => ({
      ...row,
      ...(index % 3 === 0 && { current_price: 2 + index, last_updated: later }),
      ...(index === 4 && { name: 'Coin Four', last_updated: later }),
    }));
    market.coinGecko.push(coinGeckoRow(400, minutesAgo(4)));
    market.coinPaprika.push(coinPaprikaRow(400, minutesAgo(4)), coinPaprikaRow(401, minutesAgo(4)));
    await this.runAll();
  }

  /** A merge that holds and one that is undone; two pins by mistake, set right; a new file, a new field, a contract less. */
  private async thirdDay(): Promise<void> {
    const { market } = this;
    await this.send('POST', '/identity/merge', { from: 'other', into: 'coin-11' });
    const undone = await this.send('POST', '/identity/merge', { from: 'coin-12', into: 'coin-13' });
    await this.send('POST', `/identity/decisions/${String(undone.body.data.decision_id)}/undo`);
    const mistaken = { source: 'coinpaprika', source_coin_id: 'c401-coin-401' };
    await this.send('POST', '/identity/links', { ...mistaken, coin_id: 'coin-14' });
    await this.send('POST', '/identity/links', { ...mistaken, coin_id: 'coin-200' });
    const apart = { source: 'coingecko', source_coin_id: 'coin-201', coin_id: 'coin-14' };
    await this.send('POST', '/identity/links', apart);
    await this.send('DELETE', '/identity/links?source=coingecko&source_coin_id=coin-201');
    const last_updated = minutesAgo(2).toISOString();
    market.coinPaprika = market.coinPaprika.map((row) => ({ ...row, last_updated, rank: 7, novel: 1 }));
    market.contracts.pop();
    await writeFile(join(this.folder, 'more.csv'), 'symbol,name,price_usd\nNEW,Newer,3\nC400,Coin 400,7\n');
    await this.runAll();
  }

  /** A catalogue that has drifted and is passed over; a pass that was interrupted and then begun anew. */
  private async fourthDay(): Promise<void> {
    const { market } = this;
    const { catalogue, coinGecko } = market;
    market.catalogue = catalogue.map(({ platforms, ...row }) => ({ ...row, chains: platforms }));
    await this.runAll();
    market.catalogue = catalogue;
    market.coinGecko = coinGecko.map((row) => ({ ...row, passing: 1 }));
    market.spoil(/&page=2&/, answer(401, '{"error":"no"}'));
    const { run_id } = await this.service.run('coingecko');
    market.heal();
    market.coinGecko = coinGecko;
    // As if its process had been stopped, and the next were started long after.
    await this.service.rows(
      `UPDATE etl_runs SET status = 'interrupted', error_code = 'interrupted', error_message = 'stopped' WHERE run_id = $1`,
      [run_id],
    );
    await this.service.rows(
      `UPDATE etl_checkpoints SET cursor = NULL, failed_runs = 0, failures_in_a_row = 0, last_failure_at = NULL,
                                  error_code = NULL, error_message = NULL
       WHERE source = 'coingecko'`,
    );
    const { status } = await this.service.run('coingecko');
    if (status !== 'success') throw new Error(status);
  }
}
