import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { isSettled } from '../../src/identity/settled-links.queries.js';
import { RebuildRefused } from '../../src/rebuild/rebuild-refused.js';
import { committedBefore } from '../support/committed-page.js';
import { LockHolder } from '../support/lock-holder.js';
import { json } from '../support/misbehaving-server.js';
import { RebuildGround } from '../support/rebuild-ground.js';
import { until } from '../support/until.js';

jest.setTimeout(120_000);

describe('a rebuild', () => {
  let ground: RebuildGround;
  let before: Record<string, unknown[]>;

  beforeAll(async () => {
    ground = await RebuildGround.open();
  });
  beforeEach(async () => {
    before = await ground.state();
  });
  afterAll(() => ground.close());

  const damage = (): Promise<unknown[]> =>
    ground.service.rows(
      `DELETE FROM quotes WHERE rank > 3; UPDATE listings SET price = 666; DELETE FROM quarantine; UPDATE source_schemas SET type = 'boolean'`,
    );
  /** Without what a run changes that finds everything as it was. */
  const content = ({ runs, checkpoints, raw_pages, positions, ...rest }: Record<string, unknown[]>): object =>
    rest;
  const inForce = ({ links }: Record<string, unknown[]>): unknown[] =>
    (links as Record<string, unknown>[])
      .filter((link) => link.revoked === false)
      .map(({ source, source_coin_id, coin_id, decided_by }) => [
        source,
        source_coin_id,
        coin_id,
        decided_by,
      ]);
  const lease = async (): Promise<string | null> => {
    const rows = await ground.service.rows<{ lease_owner: string | null }>(
      `SELECT lease_owner FROM etl_checkpoints WHERE source = 'csv'`,
    );
    return rows[0]?.lease_owner ?? null;
  };

  it('lets readers and persons go on, and nobody load anything', async () => {
    const rebuilding = await LockHolder.during(ground.service.database.dataSource, async (holder) => {
      // Where it reads its first page.
      await holder.query('LOCK TABLE raw_csv IN ACCESS EXCLUSIVE MODE');
      const rebuilding = ground.rebuild();
      await holder.waiting();
      expect(await lease()).toMatch(/^rebuild /);
      const { status, body } = await ground.service.post('/etl/run', ground.service.authorization);
      expect({ status, type: body.type }).toEqual({ status: 409, type: '/problems/run-not-started' });
      expect((await ground.service.get('/data?ids=bitcoin')).body.data).toHaveLength(1);
      await ground.send('POST', '/identity/merge', { from: 'coin-20', into: 'coin-21', reason: 'meanwhile' });
      return { rebuilding };
    });
    await rebuilding.rebuilding;
    expect(await lease()).toBeNull();
    expect((await ground.service.get('/coins/coin-20')).body.data.coin_id).toBe('coin-21');
    before = await ground.state();
    await ground.rebuild();
    expect(await ground.state()).toEqual(before);
  });

  it('takes a source from the run that is loading it, which writes nothing any more; the next goes on', async () => {
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const rows = ground.market.coinGecko;
    ground.market.spoil(/markets.*&page=2&/, async (request, response) => {
      await answered;
      ground.market.heal();
      await json(rows.slice(250).map((row) => ({ ...row, current_price: 666 })))(request, response);
    });
    const asked = ground.market.asked(/markets.*&page=2&/).length;
    const lost = await ground.service.begin('coingecko');
    await until('the second page to be asked for', async () =>
      Promise.resolve(ground.market.asked(/markets.*&page=2&/).length > asked),
    );
    await committedBefore(2, ground.service.database.dataSource);
    before = await ground.state();
    await ground.rebuild();
    expect(content(await ground.state())).toEqual(content(before));
    expect(await ground.service.ended('coingecko', lost)).toMatchObject({
      status: 'interrupted',
      pages: 1,
      error: { message: expect.stringContaining('rebuild') as string },
    });
    answer();
    await until('the run to notice', async () => {
      const { text } = await ground.service.get('/metrics');
      return /mintmark_runs_total\{[^}]*source="coingecko"[^}]*outcome="lost"[^}]*\} 1/.test(text);
    });
    expect(await ground.service.run('coingecko')).toMatchObject({
      status: 'success',
      pages: 1,
      unchanged: 15,
      resumed: true,
    });
    const { listings, quotes, coins, links } = await ground.state();
    expect({ listings, quotes, coins, links }).toEqual({
      listings: before.listings,
      quotes: before.quotes,
      coins: before.coins,
      links: before.links,
    });
  });

  it('that is killed has changed nothing, and the next one does it all', async () => {
    await damage();
    const damaged = await ground.state();
    const child = await LockHolder.during(ground.service.database.dataSource, async (holder) => {
      // One of the last things it puts in place.
      await holder.query('SELECT 1 FROM source_schemas FOR UPDATE');
      const child = start();
      await holder.waiting();
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
      return child;
    });
    expect(child.signalCode).toBe('SIGKILL');
    expect(content(await ground.state())).toEqual(content(damaged));
    await ground.rebuild();
    expect(await ground.state()).toEqual(before);
  });

  it('that is told to stop has changed nothing', async () => {
    await damage();
    const damaged = await ground.state();
    const stop = new AbortController();
    const rebuilding = ground.rebuild({
      stop: stop.signal,
      progress: () => {
        stop.abort();
      },
    });
    await expect(rebuilding).rejects.toThrow(new RebuildRefused('Stopped; nothing was changed.'));
    expect(await ground.state()).toEqual(damaged);
    await ground.rebuild();
    expect(await ground.state()).toEqual(before);
  });

  it('is one at a time', async () => {
    await LockHolder.during(ground.service.database.dataSource, async (holder) => {
      await holder.query('LOCK TABLE raw_csv IN ACCESS EXCLUSIVE MODE');
      const stop = new AbortController();
      const first = ground.rebuild({ stop: stop.signal });
      await holder.waiting();
      await expect(ground.rebuild()).rejects.toThrow(/^Another rebuild is under way: rebuild /);
      stop.abort();
      return { first: first.catch((error: unknown) => error) };
    }).then(async ({ first }) => {
      expect(await first).toBeInstanceOf(RebuildRefused);
    });
    expect(await ground.state()).toEqual(before);
  });

  it('names pages that can’t be read any more, and keeps what they brought', async () => {
    await ground.service.rows(
      `UPDATE raw_pages SET body = '\\x1f8b00' WHERE feed = 'more.csv';
       UPDATE raw_pages SET source = 'gone', raw_page_id = 1000000 WHERE raw_page_id = (
         SELECT max(raw_page_id) FROM raw_pages WHERE feed = 'coins.csv')`,
    );
    before = await ground.state();
    const { skipped, unsaid } = await ground.rebuild();
    expect(skipped).toEqual([
      expect.stringMatching(/^raw page \d+ of csv \(more\.csv\): .*unexpected end/),
      'raw page 1000000 of gone (coins.csv): there is no source gone any more',
    ]);
    expect(unsaid).toEqual(['decision 1 could not be decided again for what no page lists: csv twin-twn']);
    const after = await ground.state();
    for (const part of ['listings', 'origins', 'quotes', 'coins', 'contracts', 'quarantine', 'shapes'])
      expect({ part, rows: after[part] }).toEqual({ part, rows: before[part] });
    expect(inForce(after)).toEqual(inForce(before));
    const { body } = await ground.send('GET', '/identity/decisions?limit=100');
    const decisions: { listings: unknown }[] = body.data;
    expect(decisions.at(-1)?.listings).toEqual([expect.objectContaining({ source_coin_id: 'twin-twn' })]);
  });

  it('leaves open what the end of no pass has settled of such pages', async () => {
    const unread = `listing_id IN (SELECT l.listing_id FROM listings l JOIN raw_pages USING (raw_page_id) WHERE feed = 'more.csv')`;
    await ground.service.rows(
      `DELETE FROM identity_settlements; UPDATE identity_links SET settled_at = NULL WHERE ${unread}`,
    );
    const open = (): Promise<unknown[]> =>
      ground.service.rows(
        `SELECT listing_id FROM identity_links k
         WHERE ${unread} AND revoked_at IS NULL AND NOT ${isSettled('k')} ORDER BY 1`,
      );
    const openBefore = await open();
    expect(openBefore).not.toEqual([]);
    await ground.rebuild();
    expect(await ground.service.rows('SELECT 1 AS one FROM identity_settlements LIMIT 1')).toHaveLength(1);
    expect(await open()).toEqual(openBefore);
  });

  function start(): ChildProcess {
    const script = join(process.cwd(), 'test', 'support', 'run-rebuild.cjs');
    const env = { ...process.env, ...ground.settings };
    return spawn(process.execPath, [script], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  }
});
