import { answer, inTurn, json, redirect, reset, truncated } from '../../test/support/misbehaving-server.js';
import { failureOf, ok, serviceDown, sourceClientGround } from '../../test/support/source-client-ground.js';
import { SourceRateLimited, SourceUnavailable } from './source-errors.js';

const ground = sourceClientGround();
const { source } = ground;

describe('retries', () => {
  it('go on until the source answers', async () => {
    ground.server.behave(inTurn(serviceDown, reset, truncated('['), ok));
    expect((await source('coingecko').get('/a')).status).toBe(200);
    expect(ground.server.requests).toHaveLength(4);
  });

  it('end with the last error after SOURCE_RETRIES', async () => {
    ground.settings.SOURCE_RETRIES = 2;
    ground.server.behave(inTurn(reset, reset, serviceDown));
    expect((await failureOf(source('coingecko').get('/a'))).message).toMatch(/answered 503/);
    expect(ground.server.requests).toHaveLength(3);
  });

  it.each([
    ['401', json({}, 401)],
    ['402', json({}, 402)],
    ['404', json({}, 404)],
    ['a redirect', redirect('/other')],
    ['too large', answer(200, Buffer.alloc(2_000_000))],
  ])('are not made after %s', async (_name, behaviour) => {
    ground.server.behave(behaviour);
    await failureOf(source('coingecko').get('/a'));
    expect(ground.server.requests).toHaveLength(1);
  });

  it('are counted and allowed one by one', async () => {
    const allowed: number[] = [];
    const outcomes: string[] = [];
    ground.server.behave(inTurn(serviceDown, reset, ok));
    const coingecko = source(
      'coingecko',
      {},
      {
        beforeRequest: async () => void allowed.push(ground.server.requests.length),
        onAttempt: ({ outcome, seconds }) => {
          expect(seconds).toBeGreaterThan(0);
          outcomes.push(outcome);
        },
      },
    );
    await coingecko.get('/a');
    ground.server.behave(inTurn(redirect('/b'), json({}, 404)));
    await failureOf(coingecko.get('/b'));
    await failureOf(coingecko.get('/c'));
    expect(allowed).toEqual([0, 1, 2, 3, 4]);
    expect(outcomes).toEqual(['5xx', 'error', '2xx', '3xx', '4xx']);
  });

  it.each([new Error('lease lost'), new SourceUnavailable('ours'), new SourceRateLimited('ours', null)])(
    'are not made after a hook threw %p, which goes through as it is',
    async (thrown) => {
      let asked = 0;
      const beforeRequest = async (): Promise<void> => {
        asked += 1;
        throw thrown;
      };
      const coingecko = source('coingecko', {}, { beforeRequest });
      for (let request = 1; request <= 6; request++) {
        expect(await failureOf(coingecko.get('/a'))).toBe(thrown);
        expect(asked).toBe(request);
      }
      expect(ground.server.requests).toEqual([]);
      expect(ground.events.circuitOf('coingecko')).toBe('closed');
    },
  );
});
