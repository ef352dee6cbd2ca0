import { join } from 'node:path';
import { startStandIns } from './stand-ins.js';

const { coinGeckoUrl, coinPaprikaUrl } = await startStandIns();

/** What the demo needs whatever the environment says: its own servers, and no key that is meant for others. */
const FIXED = { COINGECKO_BASE_URL: coinGeckoUrl, COINPAPRIKA_BASE_URL: coinPaprikaUrl };
// Invented prices must not get into anybody's real database.
Reflect.deleteProperty(process.env, 'DATABASE_URL');
for (const source of ['COINGECKO', 'COINPAPRIKA'])
  for (const setting of ['API_KEY', 'PLAN']) Reflect.deleteProperty(process.env, `${source}_${setting}`);

// Nor into the embedded one, wherever that is.
process.env.DATA_DIR = join(process.env.DATA_DIR ?? '.mintmark', 'demo');

/** What it would like: prices that can be seen moving. */
const PREFERRED = { ETL_SCHEDULE_MINUTES: '1', COINGECKO_RATE_LIMIT: '600' };
Object.assign(process.env, { ...PREFERRED, ...process.env, ...FIXED });

process.stdout.write(
  `Demo: stand-ins for CoinGecko at ${coinGeckoUrl} and CoinPaprika at ${coinPaprikaUrl}\n`,
);
// Only now, with the settings in place.
await import('../main.js');
