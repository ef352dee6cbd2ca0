import { answer, inTurn, tooManyRequests } from '../../test/support/misbehaving-server.js';
import {
  failureOf,
  laterBy,
  ok,
  sourceClientGround,
  stopTheClocks,
} from '../../test/support/source-client-ground.js';
import { RunAborted } from './run-aborted.js';

const ground = sourceClientGround();
const { source } = ground;

describe('a rate limit', () => {
  it('with a long Retry-After ends the request at once and silences the source, not the others', async () => {
    stopTheClocks();
    ground.server.behave(inTurn(tooManyRequests('120'), ok));
    expect(await failureOf(source('coingecko').get('/a'))).toMatchObject({
      name: 'SourceRateLimited',
      retryAfterSeconds: 120,
      message: 'coingecko: /a answered 429, too many requests, asks to wait 120 s: Throttled',
    });
    laterBy(60);
    expect(await failureOf(source('coingecko').get('/b'))).toMatchObject({
      name: 'SourceRateLimited',
      retryAfterSeconds: 60,
    });
    expect(ground.server.requests).toHaveLength(1);

    expect((await source('coinpaprika').get('/c')).status).toBe(200);
    laterBy(60);
    expect((await source('coingecko').get('/d')).status).toBe(200);
    expect(ground.server.requests.map(({ url }) => url)).toEqual(['/api/v3/a', '/api/v3/c', '/api/v3/d']);
  });

  it('with a short Retry-After is waited for', async () => {
    const times: number[] = [];
    const behaviour = inTurn(tooManyRequests('1'), ok);
    ground.server.behave((request, response) => {
      times.push(performance.now());
      return behaviour(request, response);
    });
    expect((await source('coingecko').get('/a')).status).toBe(200);
    const [first = NaN, second = NaN] = times;
    // A timer may be early by less than a millisecond or two, never by more.
    expect(second - first).toBeGreaterThan(990);
  });

  it('without a Retry-After is tried once more, however many retries there may be', async () => {
    ground.settings.SOURCE_RETRIES = 10;
    ground.server.behave(tooManyRequests());
    expect(await failureOf(source('coingecko').get('/a'))).toMatchObject({ retryAfterSeconds: null });
    expect(ground.server.requests).toHaveLength(2);
  });

  it('is what a 503 with Retry-After is too', async () => {
    ground.server.behave(answer(503, 'maintenance', { 'Retry-After': '600' }));
    expect(await failureOf(source('coingecko').get('/a'))).toMatchObject({
      name: 'SourceRateLimited',
      retryAfterSeconds: 600,
    });
    expect(ground.server.requests).toHaveLength(1);
  });

  it('of ours holds over all runs of a source, and only for it', async () => {
    await source('coingecko', { requestsPerMinute: 1 }).get('/a');
    const waiting = failureOf(source('coingecko', { requestsPerMinute: 1 }).get('/b'));
    const coinpaprika = source('coinpaprika');
    for (let request = 0; request < 20; request++) await coinpaprika.get('/c');
    expect(ground.server.requests.filter(({ url }) => url === '/api/v3/b')).toEqual([]);
    ground.run.abort();
    expect(await waiting).toBeInstanceOf(RunAborted);
  });

  it('of ours is not spent in one burst', async () => {
    const times: number[] = [];
    ground.server.behave((request, response) => {
      times.push(performance.now());
      return ok(request, response);
    });
    const coinpaprika = source('coinpaprika', { requestsPerMinute: 240 });
    for (let request = 1; request <= 5; request++) await coinpaprika.get('/a');
    const [first = NaN, , , , fifth = NaN] = times;
    // Four may follow one another at once; a slow machine only makes the fifth later.
    expect(fifth - first).toBeGreaterThan(200);
  });

  it('of less than one a minute lets the first request through, and the next when it is due', async () => {
    stopTheClocks();
    const coingecko = source('coingecko', { requestsPerMinute: 0.5 });
    const coinpaprika = source('coinpaprika');
    await coingecko.get('/a');
    laterBy(119);
    const waiting = failureOf(coingecko.get('/b'));
    for (let request = 0; request < 20; request++) await coinpaprika.get('/c');
    expect(ground.server.requests.filter(({ url }) => url === '/api/v3/b')).toEqual([]);
    ground.run.abort();
    expect(await waiting).toBeInstanceOf(RunAborted);

    laterBy(1);
    ground.run = new AbortController();
    await source('coingecko').get('/d');
    expect(ground.server.requests.at(-1)?.url).toBe('/api/v3/d');
  });
});
