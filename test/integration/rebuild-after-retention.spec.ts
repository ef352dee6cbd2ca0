import { RebuildRefused } from '../../src/rebuild/rebuild-refused.js';
import { RebuildGround } from '../support/rebuild-ground.js';

jest.setTimeout(120_000);

describe('a rebuild when the first pages are past their retention', () => {
  let ground: RebuildGround;
  let before: Record<string, unknown[]>;

  beforeAll(async () => {
    ground = await RebuildGround.open();
    await ground.service.rows(
      `DELETE FROM raw_pages WHERE run_id <= (SELECT min(run_id) + 2 FROM etl_runs WHERE source = 'csv')`,
    );
    before = await ground.state();
  });
  afterAll(() => ground.close());

  /** What is seen of it, the decisions in force and those of persons. */
  const seen = ({ links, shapes, ...rest }: Record<string, unknown[]>): object => ({
    ...rest,
    links: (links as Record<string, unknown>[]).filter(
      (link) => link.revoked === false || link.decided_by !== 'matcher',
    ),
  });

  it('keeps what only they told: listings, coins, names, history, refused records, decisions', async () => {
    const { complete, pages, skipped, unsaid } = await ground.rebuild();
    expect({ complete, skipped, unsaid }).toEqual({ complete: false, skipped: [], unsaid: [] });
    expect(pages).toBeGreaterThan(3);
    expect(seen(await ground.state())).toEqual(seen(before));
  });

  it.each([
    ['numbers', `UPDATE listings SET price = 666 WHERE source = 'coinpaprika'`],
    [
      'coins',
      `UPDATE coins SET price = 1, rank = 1, name = 'Y', price_status = 'single' WHERE merged_into IS NULL`,
    ],
    ['history', `DELETE FROM quotes WHERE raw_page_id IN (SELECT raw_page_id FROM raw_pages)`],
    [
      'links',
      `DELETE FROM identity_links WHERE decided_by = 'matcher' AND decided_at > (SELECT min(fetched_at) FROM raw_pages)`,
    ],
  ])('brings back of the rest what was lost or altered: %s', async (_what, statement) => {
    await ground.service.rows(statement);
    expect(seen(await ground.state())).not.toEqual(seen(before));
    await ground.rebuild();
    expect(seen(await ground.state())).toEqual(seen(before));
  });

  it('shortens ways: no signpost leads to another', async () => {
    const [other, mistaken] = await ground.service.rows<{ coin_id: string; merged_into: string }>(
      `SELECT coin_id, merged_into FROM coins WHERE coin_id IN ('other', 'coin-401') ORDER BY coin_id DESC`,
    );
    expect(other?.merged_into).toEqual(expect.any(String));
    const leadTo = (goal: string | undefined): Promise<unknown> =>
      ground.service.rows('UPDATE coins SET merged_into = $1 WHERE coin_id = $2', [goal, mistaken?.coin_id]);
    await leadTo('other');
    await ground.rebuild();
    expect(await ground.service.rows(`SELECT merged_into FROM coins WHERE coin_id = 'coin-401'`)).toEqual([
      { merged_into: other?.merged_into },
    ]);
    await leadTo(mistaken?.merged_into);
  });

  it('leaves decisions that can still be undone', async () => {
    const { body } = await ground.send('GET', '/identity/decisions');
    const decisions: { decision_id: number; undone_at: string | null }[] = body.data;
    for (const { decision_id, undone_at } of decisions)
      if (undone_at === null) await ground.send('POST', `/identity/decisions/${decision_id}/undo`);
    expect((await ground.service.get('/coins/other')).body.data.coin_id).toBe('other');
  });

  it('takes what the first kept pages say also where those waited for their turn', async () => {
    const unpriced = (): Promise<unknown> =>
      ground.service.rows('SELECT source_coin_id FROM listings WHERE price IS NULL ORDER BY listing_id');
    const { rows } = ground.service;
    const expected = await unpriced();
    await rows(`UPDATE etl_runs SET started_at = started_at - interval '5 seconds'`);
    await rows(`UPDATE raw_pages SET fetched_at = fetched_at - interval '5 seconds'`);
    await rows('DELETE FROM quotes WHERE raw_page_id NOT IN (SELECT raw_page_id FROM raw_pages)');
    await ground.rebuild();
    expect(await unpriced()).toEqual(expected);
  });

  it('has nothing to begin from when all are', async () => {
    await ground.service.rows('DELETE FROM raw_pages');
    before = await ground.state();
    await expect(ground.rebuild()).rejects.toThrow(RebuildRefused);
    expect(await ground.state()).toEqual(before);
  });
});
