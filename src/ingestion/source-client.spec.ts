import { brotliCompressSync, gzipSync } from 'node:zlib';
import {
  answer,
  type Behaviour,
  drip,
  hang,
  tooManyRequests,
} from '../../test/support/misbehaving-server.js';
import { failureOf, sourceClientGround } from '../../test/support/source-client-ground.js';
import { RunAborted } from './run-aborted.js';
import type { RequestHooks } from './source-client.js';

const ground = sourceClientGround();
const { source } = ground;

describe('a good answer', () => {
  it('is what was asked below the base URL, with the headers of the source', async () => {
    const coingecko = source('coingecko', { headers: { 'x-cg-demo-api-key': 'CG-canary' } });
    const response = await coingecko.get('/coins/markets', { per_page: '250', page: '2' });

    expect(response).toMatchObject({
      status: 200,
      url: `${ground.server.url}/api/v3/coins/markets?per_page=250&page=2`,
      receivedAt: expect.any(Date),
    });
    expect(JSON.parse(response.body.toString())).toEqual([{ id: 'bitcoin' }]);
    expect(ground.server.requests).toHaveLength(1);
    expect(ground.server.requests[0]).toMatchObject({
      method: 'GET',
      url: '/api/v3/coins/markets?per_page=250&page=2',
      headers: {
        'user-agent': expect.stringMatching(/^Mintmark\/\d+\.\d+\.\d+ \(self-hosted market data; \+https:/),
        'accept-encoding': 'gzip, br',
        'x-cg-demo-api-key': 'CG-canary',
      },
    });
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('is unpacked from %s', async (encoding, pack) => {
    ground.server.behave(answer(200, pack('[1, 2]'), { 'Content-Encoding': encoding }));
    const { body } = await source('coingecko').get('list');
    expect(body.toString()).toBe('[1, 2]');
  });

  it.each(['//other.example/coins', 'http://other.example/coins', '../../../coins'])(
    'comes from the host of the base URL, for the path %s too',
    async (path) => {
      await source('coingecko').get(path);
      expect(ground.server.requests).toHaveLength(1);
    },
  );

  it('comes through the proxy that the environment names', async () => {
    process.env.HTTP_PROXY = ground.server.url;
    await source('coingecko', { baseUrl: 'http://source.invalid/v1' }).get('/tickers');
    expect(ground.server.requests.map(({ url }) => url)).toEqual(['http://source.invalid/v1/tickers']);
  });
});

describe('a run that is told to stop', () => {
  it('sends nothing when it was told before', async () => {
    ground.run.abort('shutdown');
    const error = await failureOf(source('coingecko').get('/a'));
    expect(error).toBeInstanceOf(RunAborted);
    expect(error.cause).toBe('shutdown');
    expect(ground.server.requests).toEqual([]);
  });

  it.each<[string, Behaviour]>([
    ['an answer', hang],
    ['the end of a body', drip],
    ['a retry', tooManyRequests('9')],
  ])(
    'does not wait for %s',
    async (_name, behaviour) => {
      ground.server.behave(behaviour);
      const request = failureOf(source('coingecko').get('/a'));
      await ground.server.received(1);
      ground.run.abort();
      expect(await request).toBeInstanceOf(RunAborted);
      expect(ground.server.requests).toHaveLength(1);
    },
    // What isn't cut short takes longer: 9 s, or the 30 s of a request.
    5_000,
  );

  it('does not wait for a hook, and sends nothing after it', async () => {
    let release = (): void => undefined;
    let reach = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const reached = new Promise<void>((resolve) => (reach = resolve));
    const attempts: string[] = [];
    const hooks: Partial<RequestHooks> = {
      beforeRequest: () => {
        reach();
        return held;
      },
      onAttempt: ({ outcome }) => attempts.push(outcome),
    };
    const stopped = failureOf(source('coingecko', {}, hooks).get('/a'));
    await reached;
    ground.run.abort();
    expect(await stopped).toBeInstanceOf(RunAborted);
    release();
    ground.run = new AbortController();
    await source('coinpaprika').get('/b');
    expect(ground.server.requests.map(({ url }) => url)).toEqual(['/api/v3/b']);
    expect(attempts).toEqual([]);
  });

  it('does not count as a failure of the source', async () => {
    ground.server.behave(hang);
    for (let request = 1; request <= 6; request++) {
      ground.run = new AbortController();
      const failure = failureOf(source('coingecko').get('/a'));
      await ground.server.received(request);
      ground.run.abort();
      await failure;
    }
    expect(ground.events.circuitOf('coingecko')).toBe('closed');
  });
});
