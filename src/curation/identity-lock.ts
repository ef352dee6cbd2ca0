import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, QueryFailedError } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { ServiceUnavailable } from '../common/problem.js';
import { bumpDataVersion, DataVersion } from '../database/data-version.js';
import { ONE_AT_A_TIME } from '../identity/identity-links.queries.js';

/** A page is loaded in less. Twice as long is still less than whoever asked waits for an answer. */
const PATIENCE_MS = 4_000;
const AGAIN_MS = 100;
/** lock_not_available, deadlock_detected */
const HELD_BY_ANOTHER = new Set(['55P03', '40P01']);

/** The lock under which every page decides which coins its listings are: who holds it is alone in deciding. */
@Injectable()
export class IdentityLock {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly dataVersion: DataVersion,
  ) {}

  /**
   * One transaction, after which readers of this replica see what it did, and others a moment later. Should anybody hold
   * a listing's row without this lock, `work` must not wait for it, but take it with NOWAIT: everything is let go then
   * and tried again.
   */
  async during<T>(work: (manager: EntityManager) => Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
    const end = performance.now() + patienceMs;
    for (;;) {
      try {
        return await this.once(work);
      } catch (error) {
        if (!isHeldByAnother(error)) throw error;
        if (performance.now() > end)
          throw new ServiceUnavailable('A page with this listing is being loaded; try again soon.', 5, {
            cause: error,
          });
        await delay(AGAIN_MS);
      }
    }
  }

  private async once<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const { result, version } = await this.dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL lock_timeout = ${PATIENCE_MS}`);
      await manager.query(ONE_AT_A_TIME);
      return { result: await work(manager), version: await bumpDataVersion(manager) };
    });
    this.dataVersion.committed(version);
    return result;
  }
}

function isHeldByAnother(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const cause: unknown = error.driverError;
  return (
    typeof cause === 'object' &&
    cause !== null &&
    'code' in cause &&
    typeof cause.code === 'string' &&
    HELD_BY_ANOTHER.has(cause.code)
  );
}
