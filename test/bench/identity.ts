import type { Ground } from './ground.js';
import type { Measured } from './measured.js';
import { single } from './measured.js';

/** A second source, most of whose listings are coins of the first: linked as they come, and reviewed at the end. */
export async function measureIdentity(ground: Ground): Promise<Measured> {
  const { loaded } = ground.sizes;
  const second = Math.ceil(loaded / 2);
  return ground.during(async (place) => {
    const database = await place.database();
    const service = await place.service(database, await ground.sources());
    await ground.list({ coinGecko: loaded, coinPaprika: second, round: 0 });
    await service.run('coingecko');
    const first = await service.run('coinpaprika');
    const again = await service.run('coinpaprika');
    const rows: { linked: number }[] = await database.dataSource.query(
      'SELECT count(*)::int AS linked FROM coins WHERE cardinality(sources) = 2',
    );
    const linked = rows[0]?.linked ?? 0;
    return new Map([
      ['rate', single(second / first.seconds, `${linked} of ${second} linked to the first's`)],
      ['run', single(first.seconds)],
      ['again', single(again.seconds)],
    ]);
  });
}
