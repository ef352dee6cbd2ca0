import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { bumpDataVersion } from '../database/data-version.js';
import { RebuildRefused } from './rebuild-refused.js';

const OWNER = 'rebuild';
const AGAIN_MS = 200;

/** Whoever ends a run or a page now is waited for. */
const LOCK_ALL = `
  SELECT lease_owner AS owner, lease_expires_at::text AS expires, lease_expires_at > now() AS leased
  FROM etl_checkpoints ORDER BY source FOR UPDATE`;

/**
 * Takes every source from whoever has it: a page that is being loaded finds another fence and rolls back. The runs
 * under way are closed, and due again. $1 owner, $2 lease in seconds
 */
const TAKE = `
  WITH open AS (
    SELECT source, count(*) AS runs, sum(extracted) AS extracted,
           sum(extract(epoch FROM heartbeat_at - started_at)) AS seconds
    FROM etl_runs WHERE status = 'running' GROUP BY source
  ), taken AS (
    UPDATE etl_checkpoints c
    SET fence = c.fence + 1, lease_owner = $1,
        lease_expires_at = clock_timestamp() + make_interval(secs => $2::float8),
        next_due_at = CASE WHEN o.runs > 0 THEN least(c.next_due_at, now()) ELSE c.next_due_at END,
        finished_runs = c.finished_runs + coalesce(o.runs, 0),
        records_processed = c.records_processed + coalesce(o.extracted, 0),
        seconds_spent = c.seconds_spent + coalesce(o.seconds, 0)
    FROM etl_checkpoints k LEFT JOIN open o USING (source)
    WHERE k.source = c.source
    RETURNING c.source, c.fence
  ), interrupted AS (
    UPDATE etl_runs r
    SET status = 'interrupted', finished_at = heartbeat_at, error_code = 'interrupted',
        error_message = 'a rebuild from raw pages took its source over; the next run goes on at its page'
    FROM taken WHERE r.source = taken.source AND r.status = 'running'
  )
  SELECT source, fence FROM taken ORDER BY source`;

/** $1 sources, $2 their fences, $3 lease in seconds */
const RENEW = `
  UPDATE etl_checkpoints c SET lease_expires_at = clock_timestamp() + make_interval(secs => $3::float8)
  FROM unnest($1::text[], $2::bigint[]) AS held(source, fence)
  WHERE c.source = held.source AND c.fence = held.fence AND c.lease_owner IS NOT NULL`;

/** $1 sources, $2 their fences */
const GIVE_BACK = `
  UPDATE etl_checkpoints c SET lease_owner = NULL, lease_expires_at = NULL
  FROM unnest($1::text[], $2::bigint[]) AS held(source, fence)
  WHERE c.source = held.source AND c.fence = held.fence`;

const ALL = `SELECT source, fence FROM etl_checkpoints ORDER BY source FOR UPDATE`;

interface Other {
  readonly owner: string;
  readonly expires: string;
}

interface Held {
  readonly source: string;
  readonly fence: string;
}

/** Every source's lease at once: while a rebuild holds them, no page is loaded by anybody. */
export class SourceLeases {
  private constructor(
    private readonly dataSource: DataSource,
    private readonly held: readonly Held[],
    private readonly leaseSeconds: number,
  ) {}

  /** One that was killed is waited for until its lease ends; one that lives is not. */
  static async take(dataSource: DataSource, leaseSeconds: number): Promise<SourceLeases> {
    const owner = `${OWNER} ${hostname()}/${process.pid}/${randomBytes(3).toString('hex')}`;
    let seen: string | undefined;
    for (;;) {
      const taken = await dataSource.transaction((manager) => attempt(manager, owner, leaseSeconds));
      if (Array.isArray(taken)) return new SourceLeases(dataSource, taken, leaseSeconds);
      const { owner: other, expires } = taken;
      if (seen !== undefined && seen !== expires)
        throw new RebuildRefused(`Another rebuild is under way: ${other}.`);
      seen = expires;
      await delay(AGAIN_MS);
    }
  }

  get sources(): readonly string[] {
    return this.held.map(({ source }) => source);
  }

  /** Does `work`, renewing the leases meanwhile; its signal tells of their loss, and of `stop`. Gives them back. */
  async during<T>(stop: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const lost = new AbortController();
    const beat = setInterval(
      () => {
        this.renew().catch((error: unknown) => {
          // A database that is away for a moment doesn't cost the leases; what is put in place asks for them again.
          if (error instanceof RebuildRefused) lost.abort(error);
        });
      },
      (this.leaseSeconds * 1000) / 3,
    );
    try {
      return await work(AbortSignal.any([stop, lost.signal]));
    } finally {
      clearInterval(beat);
      await this.giveBack();
    }
  }

  /** In the transaction that puts a rebuild in place: nobody else can have written since `take`, or will before it. */
  async assertHeld(manager: EntityManager): Promise<void> {
    const rows: Held[] = await manager.query(ALL);
    const fences = new Map(this.held.map(({ source, fence }) => [source, fence]));
    const stranger = rows.find(({ source, fence }) => fences.get(source) !== fence);
    if (stranger) throw takenOver(stranger.source);
  }

  private async renew(): Promise<void> {
    const [, renewed]: [unknown, number] = await this.dataSource.query(RENEW, [
      this.sources,
      this.fences,
      this.leaseSeconds,
    ]);
    if (renewed < this.held.length) throw takenOver('a source');
  }

  private async giveBack(): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query(GIVE_BACK, [this.sources, this.fences]);
      await bumpDataVersion(manager);
    });
  }

  private get fences(): readonly string[] {
    return this.held.map(({ fence }) => fence);
  }
}

async function attempt(manager: EntityManager, owner: string, leaseSeconds: number): Promise<Held[] | Other> {
  const rows: (Other & { leased: boolean | null })[] = await manager.query(LOCK_ALL);
  const other = rows.find((row) => row.leased && row.owner.startsWith(`${OWNER} `));
  if (other) return other;
  const taken: Held[] = await manager.query(TAKE, [owner, leaseSeconds]);
  await bumpDataVersion(manager);
  return taken;
}

function takenOver(source: string): RebuildRefused {
  return new RebuildRefused(`Another process has taken over ${source} meanwhile; nothing was changed.`);
}
