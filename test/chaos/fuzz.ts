import { Agent } from 'node:http';
import fc from 'fast-check';
import { AnswerValidation } from '../support/answer-validation.js';
import { HostileJudge } from '../support/hostile-answers.js';
import { hostileRequests, send } from '../support/hostile-requests.js';
import type { ApiDocument } from '../support/hostile-requests.js';
import { Market, coinGeckoRow, rowsOf } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Tally } from './tally.js';

const AT_ONCE = 8;
const BATCH = 1000;

/** As many hostile requests as are wanted, of every route. */
export async function fuzz(requests: number, seed: number, tally: Tally): Promise<void> {
  const market = await Market.open();
  market.coinGecko = rowsOf(3, coinGeckoRow);
  const service = await startService({ environment: { ...market.environment, API_RATE_LIMIT: '0' } });
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  try {
    await service.run('coingecko');
    const document: ApiDocument = (await service.get('/docs-json')).body;
    const judge = new HostileJudge(await AnswerValidation.of(service.url), service.token);
    const arbitrary = hostileRequests(document, service.token);
    for (let batch = 0; batch * BATCH < requests; batch++) {
      const left = fc.sample(arbitrary, { numRuns: BATCH, seed: seed * requests + batch });
      while (left.length > 0)
        await Promise.all(
          left.splice(0, AT_ONCE).map(async (asked) => {
            try {
              judge.check(asked, await send(service.url, asked, agent));
            } catch (error) {
              tally.violated('a hostile request', [error instanceof Error ? error.message : String(error)]);
            }
          }),
        );
      tally.inject('hostile requests', BATCH);
    }
  } finally {
    agent.destroy();
    await service.stop();
    await market.close();
  }
}
