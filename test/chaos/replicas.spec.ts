import { ReplicaStorm } from './replica-storm.js';
import type { Fate } from './replica-storm.js';
import { SeededRandom } from './seeded-random.js';

jest.setTimeout(180_000);

const FATES: readonly Fate[] = ['KILL', 'KILL', 'KILL', 'TERM', 'TERM', 'FREEZE', 'FREEZE', 'CUT', 'CUT'];

it('ten replicas migrate once, schedule once, and lose and double nothing while some are killed, frozen or cut off', async () => {
  const seed = Date.now() % 1_000_000;
  const storm = await ReplicaStorm.open(seed);
  try {
    await storm.begin(10);
    for (const fate of new SeededRandom(seed).shuffled(FATES)) await storm.befall(fate, { replace: false });
    await storm.end();
    expect({ seed, violations: storm.tally.violations }).toEqual({ seed, violations: [] });
    expect(storm.tally.checked.get('snapshots of all tables')).toBeGreaterThan(20);
    expect(storm.tally.checked.get('answers of the API, 200')).toBeGreaterThan(20);
  } finally {
    await storm.close();
  }
});
