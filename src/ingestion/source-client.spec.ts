import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { HttpModule } from '@nestjs/axios';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  answer,
  type Behaviour,
  bomb,
  coinGeckoErrors,
  cutOff,
  drip,
  gzipCutOff,
  hang,
  html,
  inTurn,
  json,
  type MisbehavingServer,
  redirect,
  reset,
  startServer,
  tooManyRequests,
  truncated,
} from '../../test/support/misbehaving-server.js';
import { Settings } from '../config/settings.js';
import { RunAborted } from './run-aborted.js';
import type { SourceHttp, SourceIo } from './source-adapter.js';
import { CircuitOpen } from './source-circuit.js';
import { type RequestHooks, SourceClient } from './source-client.js';
import {
  SourceAuthFailed,
  SourceError,
  SourcePayloadInvalid,
  SourceQuotaSpent,
  SourceRateLimited,
  SourceUnavailable,
} from './source-errors.js';

let server: MisbehavingServer;
/** Servers beside the first; closed after a test that failed too, or Jest would wait for them. */
let others: { close(): Promise<void> }[];
let settings: Settings;
let application: TestingModule;
let client: SourceClient;
let run: AbortController;

const ok = json([{ id: 'bitcoin' }]);
const serviceDown = json({ error: 'down' }, 503);

beforeEach(async () => {
  const environment = Object.entries(process.env).filter(([name]) => !/proxy$/i.test(name));
  jest.replaceProperty(process, 'env', Object.fromEntries(environment));
  server = await startServer(ok);
  others = [];
  run = new AbortController();
  settings = Object.assign(new Settings(), { SOURCE_RETRY_DELAY_MS: 1, SOURCE_MAX_MEGABYTES: 1 });
  application = await Test.createTestingModule({
    imports: [HttpModule],
    providers: [SourceClient, { provide: Settings, useValue: settings }],
  }).compile();
  client = application.get(SourceClient);
});

afterEach(async () => {
  run.abort();
  jest.useRealTimers();
  jest.restoreAllMocks();
  await application.close();
  await Promise.all([server, ...others].map((open) => open.close()));
});

function source(
  name: string,
  http: Partial<SourceHttp> = {},
  hooks: Partial<RequestHooks> = {},
): Pick<SourceIo, 'get'> {
  return client.open(
    name,
    { baseUrl: `${server.url}/api/v3`, headers: {}, requestsPerMinute: 60_000, monthlyQuota: null, ...http },
    { beforeRequest: async () => undefined, signal: run.signal, ...hooks },
  );
}

/** The error of one request; a test that expects one fails on an answer. */
async function failureOf(request: Promise<unknown>): Promise<Error> {
  const outcome = await request.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) throw new Error(`answered ${inspect(outcome.value)}`);
  if (!(outcome.error instanceof Error)) throw new Error(`threw ${inspect(outcome.error)}`);
  return outcome.error;
}

/** Only the clocks move; timers and sockets stay real. */
function stopTheClocks(): void {
  jest.useFakeTimers({
    now: Date.now(),
    doNotFake: [
      'hrtime',
      'nextTick',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'setTimeout',
      'clearTimeout',
    ],
  });
}

function laterBy(seconds: number): void {
  jest.advanceTimersByTime(seconds * 1000);
}

describe('a good answer', () => {
  it('is what was asked below the base URL, with the headers of the source', async () => {
    const coingecko = source('coingecko', { headers: { 'x-cg-demo-api-key': 'CG-canary' } });
    const response = await coingecko.get('/coins/markets', { per_page: '250', page: '2' });

    expect(response).toMatchObject({
      status: 200,
      url: `${server.url}/api/v3/coins/markets?per_page=250&page=2`,
      receivedAt: expect.any(Date),
    });
    expect(JSON.parse(response.body.toString())).toEqual([{ id: 'bitcoin' }]);
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
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
    server.behave(answer(200, pack('[1, 2]'), { 'Content-Encoding': encoding }));
    const { body } = await source('coingecko').get('list');
    expect(body.toString()).toBe('[1, 2]');
  });

  it.each(['//other.example/coins', 'http://other.example/coins', '../../../coins'])(
    'comes from the host of the base URL, for the path %s too',
    async (path) => {
      await source('coingecko').get(path);
      expect(server.requests).toHaveLength(1);
    },
  );

  it('comes through the proxy that the environment names', async () => {
    process.env.HTTP_PROXY = server.url;
    await source('coingecko', { baseUrl: 'http://source.invalid/v1' }).get('/tickers');
    expect(server.requests.map(({ url }) => url)).toEqual(['http://source.invalid/v1/tickers']);
  });
});

describe('an error answer', () => {
  beforeEach(() => {
    settings.SOURCE_RETRIES = 0;
  });

  it.each<[string, Behaviour, new (...args: never[]) => SourceError, RegExp]>([
    [
      '400',
      json({ error: 'invalid vs_currency' }, 400),
      SourcePayloadInvalid,
      /answered 400.*invalid vs_cur/,
    ],
    ['401', json({ error: 'no key' }, 401), SourceAuthFailed, /answered 401.*key.*no key/],
    ['402', json({ error: 'pay' }, 402), SourceQuotaSpent, /answered 402.*plan.*pay/],
    ['403 in JSON', coinGeckoErrors.statusObject(403), SourceAuthFailed, /answered 403, access refused/],
    ['403 in text', answer(403, 'error code: 1020'), SourceRateLimited, /answered 403, blocked.*1020/],
    ['403 in a JSON string', answer(403, '"blocked"'), SourceRateLimited, /answered 403, blocked/],
    ['404', coinGeckoErrors.plainError(404), SourcePayloadInvalid, /answered 404.*coin not found/],
    ['408', answer(408, ''), SourceUnavailable, /answered 408/],
    ['425', answer(425, ''), SourceUnavailable, /answered 425/],
    ['429', tooManyRequests(), SourceRateLimited, /answered 429, too many requests: Throttled$/],
    ['500', answer(500, ''), SourceUnavailable, /answered 500, the source failed$/],
    ['503', serviceDown, SourceUnavailable, /answered 503.*down/],
    ['599', answer(599, ''), SourceUnavailable, /answered 599/],
    ['CoinGecko shape 1', coinGeckoErrors.plainError(422), SourcePayloadInvalid, /coin not found/],
    ['CoinGecko shape 2', coinGeckoErrors.statusObject(), SourceRateLimited, /exceeded the Rate Limit/],
    ['CoinGecko shape 3', coinGeckoErrors.nestedStatus(), SourceAuthFailed, /10012/],
    ['CoinGecko shape 4', coinGeckoErrors.plainText(), SourceRateLimited, /error code: 1015/],
    ['CoinGecko shape 5', coinGeckoErrors.htmlPage(), SourceRateLimited, /HTML page, "Attention Required!/],
  ])('%s is typed and readable', async (_name, behaviour, type, message) => {
    server.behave(behaviour);
    const error = await failureOf(source('coingecko').get('/coins/markets', { page: '2' }));
    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^coingecko: \/coins\/markets\?page=2 /);
    expect(server.requests).toHaveLength(1);
  });

  it('keeps its type when its body breaks', async () => {
    server.behave((_request, response) => {
      response.writeHead(429, { 'Retry-After': '60', 'Content-Length': 1000 });
      response.write('Throt', () => response.destroy());
    });
    expect(await failureOf(source('coingecko').get('/a'))).toMatchObject({
      name: 'SourceRateLimited',
      retryAfterSeconds: 60,
    });
    server.behave(answer(401, 'not packed', { 'Content-Encoding': 'gzip' }));
    expect(await failureOf(source('coinpaprika').get('/a'))).toBeInstanceOf(SourceAuthFailed);
  });

  it('is one line of bounded length, whatever the body is', async () => {
    server.behave(answer(500, `first\r\nsecond\u0007\u001b[31m\u202e${'\ud83d\ude00'.repeat(5000)}`));
    const { message } = await failureOf(source('coingecko').get('/a'));
    expect(message).toMatch(/first second \[31m \ud83d\ude00+…$/u);
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    expect(Array.from(message).length).toBeLessThan(280);
  });

  it('is found by the adapter where the status is 200, with the time to wait that only headers tell', async () => {
    const http: Partial<SourceHttp> = {
      errorIn: (_status, body) =>
        body.includes('error_code') ? new SourceRateLimited('coingecko: rate limit in the body', null) : null,
    };
    server.behave(coinGeckoErrors.statusObject(200));
    expect(await failureOf(source('coingecko', http).get('/a'))).toMatchObject({
      name: 'SourceRateLimited',
      retryAfterSeconds: null,
    });
    server.behave(json({ status: { error_code: 429 } }, 200, { 'Retry-After': '90' }));
    expect(await failureOf(source('coingecko', http).get('/a'))).toMatchObject({
      message: 'coingecko: rate limit in the body',
      retryAfterSeconds: 90,
    });
  });

  it('may be judged by the adapter against the status', async () => {
    server.behave(json({ error: 'monthly limit' }, 429));
    const spent = new SourceQuotaSpent('spent');
    expect(await failureOf(source('coingecko', { errorIn: () => spent }).get('/a'))).toBe(spent);
  });

  it('a redirect is not followed, and its query is not shown', async () => {
    const other = await startServer(ok);
    others.push(other);
    server.behave(redirect(`${other.url}/v1/tickers?key=canary`));
    const error = await failureOf(
      source('coinpaprika', { headers: { Authorization: 'secret' } }).get('/tickers/'),
    );
    expect(error).toBeInstanceOf(SourcePayloadInvalid);
    expect(error.message).toContain(
      `answered 301, a redirect to ${other.url}/v1/tickers, which is not followed`,
    );
    expect(error.message).not.toContain('canary');
    expect(other.requests).toEqual([]);
  });
});

describe('no usable answer', () => {
  beforeEach(() => {
    settings.SOURCE_RETRIES = 0;
  });

  it.each<[string, Behaviour, RegExp]>([
    ['a reset connection', reset, /got no answer: connection reset$/],
    ['a body shorter than its Content-Length', truncated('[{"id":"bit'), /an answer that was cut off$/],
    ['a chunked body without its end', cutOff('[{"id":"bit'), /an answer that was cut off$/],
    ['a packed body without its end', gzipCutOff('[1,2,3]'.repeat(100)), /a packed answer that is cut off$/],
  ])('%s is SourceUnavailable', async (_name, behaviour, message) => {
    server.behave(behaviour);
    const error = await failureOf(source('coingecko').get('/a'));
    expect(error).toBeInstanceOf(SourceUnavailable);
    expect(error.message).toMatch(message);
  });

  it('a refused connection is SourceUnavailable', async () => {
    const gone = await startServer(ok);
    await gone.close();
    const error = await failureOf(source('coingecko', { baseUrl: gone.url }).get('/a'));
    expect(error).toBeInstanceOf(SourceUnavailable);
    expect(error.message).toBe('coingecko: /a got no answer: connection refused');
  });

  it('an unknown host is SourceUnavailable', async () => {
    const error = await failureOf(source('coingecko', { baseUrl: 'http://source.invalid' }).get('/a'));
    expect(error).toBeInstanceOf(SourceUnavailable);
  });

  it.each<[string, Behaviour]>([
    ['silence', hang],
    ['a body that never ends', drip],
  ])('%s ends at the time limit for the whole request', async (_name, behaviour) => {
    settings.SOURCE_TIMEOUT_SECONDS = 0.2;
    server.behave(behaviour);
    const error = await failureOf(source('coingecko').get('/a'));
    expect(error).toBeInstanceOf(SourceUnavailable);
    expect(error.message).toBe('coingecko: /a did not answer within 0.2 s (SOURCE_TIMEOUT_SECONDS)');
  });

  it('a body over the limit is SourcePayloadInvalid, plain or packed', async () => {
    const coingecko = source('coingecko');
    for (const behaviour of [
      answer(200, Buffer.alloc(1_000_001)),
      answer(200, gzipSync(Buffer.alloc(1_000_001)), { 'Content-Encoding': 'gzip' }),
      answer(200, brotliCompressSync(Buffer.alloc(1_000_001)), { 'Content-Encoding': 'br' }),
    ]) {
      server.behave(behaviour);
      const error = await failureOf(coingecko.get('/a'));
      expect(error).toBeInstanceOf(SourcePayloadInvalid);
      expect(error.message).toBe('coingecko: /a got more than 1 MB (SOURCE_MAX_MEGABYTES)');
    }
    server.behave(answer(200, gzipSync(Buffer.alloc(1_000_000)), { 'Content-Encoding': 'gzip' }));
    expect((await coingecko.get('/a')).body).toHaveLength(1_000_000);
  });

  it('a bomb goes off in bounded memory', async () => {
    server.behave(await bomb(300));
    let peak = 0;
    const before = process.memoryUsage().arrayBuffers;
    const look = (): void => {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    };
    const timer = setInterval(look, 1);
    const error = await failureOf(source('coingecko').get('/a'));
    clearInterval(timer);
    look();
    expect(error).toBeInstanceOf(SourcePayloadInvalid);
    expect(peak).toBeLessThan(32_000_000);
  });

  it.each([
    ['that is not what its header says', 'gzip', /can't be unpacked$/],
    ['in an encoding that was not asked for', 'zstd', /an encoding that was not asked for$/],
  ])('a body %s is SourcePayloadInvalid', async (_name, encoding, message) => {
    server.behave(answer(200, '<html>', { 'Content-Encoding': encoding }));
    const error = await failureOf(source('coingecko').get('/a'));
    expect(error).toBeInstanceOf(SourcePayloadInvalid);
    expect(error.message).toMatch(message);
  });
});

describe('retries', () => {
  it('go on until the source answers', async () => {
    server.behave(inTurn(serviceDown, reset, truncated('['), ok));
    expect((await source('coingecko').get('/a')).status).toBe(200);
    expect(server.requests).toHaveLength(4);
  });

  it('end with the last error after SOURCE_RETRIES', async () => {
    settings.SOURCE_RETRIES = 2;
    server.behave(inTurn(reset, reset, serviceDown));
    expect((await failureOf(source('coingecko').get('/a'))).message).toMatch(/answered 503/);
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    ['401', json({}, 401)],
    ['402', json({}, 402)],
    ['404', json({}, 404)],
    ['a redirect', redirect('/other')],
    ['too large', answer(200, Buffer.alloc(2_000_000))],
  ])('are not made after %s', async (_name, behaviour) => {
    server.behave(behaviour);
    await failureOf(source('coingecko').get('/a'));
    expect(server.requests).toHaveLength(1);
  });

  it('are counted and allowed one by one', async () => {
    const allowed: number[] = [];
    const outcomes: string[] = [];
    server.behave(inTurn(serviceDown, reset, ok));
    const coingecko = source(
      'coingecko',
      {},
      {
        beforeRequest: async () => void allowed.push(server.requests.length),
        onAttempt: ({ outcome, seconds }) => {
          expect(seconds).toBeGreaterThan(0);
          outcomes.push(outcome);
        },
      },
    );
    await coingecko.get('/a');
    server.behave(inTurn(redirect('/b'), json({}, 404)));
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
      expect(server.requests).toEqual([]);
      expect(client.circuitState('coingecko')).toBe('closed');
    },
  );
});

describe('a rate limit', () => {
  it('with a long Retry-After ends the request at once and silences the source, not the others', async () => {
    stopTheClocks();
    server.behave(inTurn(tooManyRequests('120'), ok));
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
    expect(server.requests).toHaveLength(1);

    expect((await source('coinpaprika').get('/c')).status).toBe(200);
    laterBy(60);
    expect((await source('coingecko').get('/d')).status).toBe(200);
    expect(server.requests.map(({ url }) => url)).toEqual(['/api/v3/a', '/api/v3/c', '/api/v3/d']);
  });

  it('with a short Retry-After is waited for', async () => {
    const times: number[] = [];
    const behaviour = inTurn(tooManyRequests('1'), ok);
    server.behave((request, response) => {
      times.push(performance.now());
      return behaviour(request, response);
    });
    expect((await source('coingecko').get('/a')).status).toBe(200);
    const [first = NaN, second = NaN] = times;
    // A timer may be early by less than a millisecond or two, never by more.
    expect(second - first).toBeGreaterThan(990);
  });

  it('without a Retry-After is tried once more, however many retries there may be', async () => {
    settings.SOURCE_RETRIES = 10;
    server.behave(tooManyRequests());
    expect(await failureOf(source('coingecko').get('/a'))).toMatchObject({ retryAfterSeconds: null });
    expect(server.requests).toHaveLength(2);
  });

  it('is what a 503 with Retry-After is too', async () => {
    server.behave(answer(503, 'maintenance', { 'Retry-After': '600' }));
    expect(await failureOf(source('coingecko').get('/a'))).toMatchObject({
      name: 'SourceRateLimited',
      retryAfterSeconds: 600,
    });
    expect(server.requests).toHaveLength(1);
  });

  it('of ours holds over all runs of a source, and only for it', async () => {
    await source('coingecko', { requestsPerMinute: 1 }).get('/a');
    const waiting = failureOf(source('coingecko', { requestsPerMinute: 1 }).get('/b'));
    const coinpaprika = source('coinpaprika');
    for (let request = 0; request < 20; request++) await coinpaprika.get('/c');
    expect(server.requests.filter(({ url }) => url === '/api/v3/b')).toEqual([]);
    run.abort();
    expect(await waiting).toBeInstanceOf(RunAborted);
  });

  it('of ours is not spent in one burst', async () => {
    const times: number[] = [];
    server.behave((request, response) => {
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
    expect(server.requests.filter(({ url }) => url === '/api/v3/b')).toEqual([]);
    run.abort();
    expect(await waiting).toBeInstanceOf(RunAborted);

    laterBy(1);
    run = new AbortController();
    await source('coingecko').get('/d');
    expect(server.requests.at(-1)?.url).toBe('/api/v3/d');
  });
});

describe('the circuit', () => {
  beforeEach(() => {
    settings.SOURCE_RETRIES = 0;
    stopTheClocks();
  });

  async function openIt(): Promise<void> {
    server.behave(serviceDown);
    for (let failure = 1; failure <= 5; failure++) {
      expect(client.circuitState('coingecko')).toBe('closed');
      await failureOf(source('coingecko').get('/a'));
    }
    expect(client.circuitState('coingecko')).toBe('open');
  }

  it('opens after five failures in a row; then nothing is sent and nothing is reserved', async () => {
    await openIt();
    Object.assign(settings, { SOURCE_RETRIES: 10, SOURCE_RETRY_DELAY_MS: 60_000 });
    let reserved = 0;
    const coingecko = source('coingecko', {}, { beforeRequest: async () => void (reserved += 1) });
    const error = await failureOf(coingecko.get('/a'));
    expect(error).toBeInstanceOf(CircuitOpen);
    expect(error).toBeInstanceOf(SourceUnavailable);
    expect(error.message).toMatch(/^coingecko: not asked, circuit open.*answered 503/);
    expect(reserved).toBe(0);
    expect(server.requests).toHaveLength(5);
    expect(client.circuitState('coinpaprika')).toBe('closed');
    // Retries of what isn't sent would take minutes.
  }, 5_000);

  it('opens in the middle of the retries, which end there', async () => {
    settings.SOURCE_RETRIES = 10;
    server.behave(reset);
    expect(await failureOf(source('coingecko').get('/a'))).toBeInstanceOf(CircuitOpen);
    expect(server.requests).toHaveLength(5);
  });

  it('lets one request try after a minute, and closes when it succeeds', async () => {
    await openIt();
    laterBy(59);
    await failureOf(source('coingecko').get('/a'));
    expect(server.requests).toHaveLength(5);

    laterBy(1);
    const states: string[] = [];
    server.behave((request, response) => {
      states.push(client.circuitState('coingecko'));
      return ok(request, response);
    });
    await source('coingecko').get('/a');
    expect(states).toEqual(['half_open']);
    expect(client.circuitState('coingecko')).toBe('closed');
  });

  it('opens again when that request fails', async () => {
    await openIt();
    laterBy(60);
    await failureOf(source('coingecko').get('/a'));
    expect(client.circuitState('coingecko')).toBe('open');
    expect(server.requests).toHaveLength(6);
  });

  it('is not closed by a run that is stopped while it tries', async () => {
    await openIt();
    laterBy(60);
    server.behave(hang);
    const trying = failureOf(source('coingecko').get('/a'));
    await server.received(6);
    run.abort();
    expect(await trying).toBeInstanceOf(RunAborted);
    // The request's own end comes a moment after the run's.
    await new Promise(setImmediate);
    expect(client.circuitState('coingecko')).toBe('open');
  });

  it('counts failures in a row: any answer of the source, a refusal too, starts anew', async () => {
    server.behave(inTurn(reset, reset, reset, reset, json({}, 401), reset, reset, reset, reset, ok));
    for (let request = 1; request <= 10; request++) await source('coingecko').get('/a').catch(String);
    expect(client.circuitState('coingecko')).toBe('closed');
    expect(server.requests).toHaveLength(10);
  });
});

describe('a run that is told to stop', () => {
  it('sends nothing when it was told before', async () => {
    run.abort('shutdown');
    const error = await failureOf(source('coingecko').get('/a'));
    expect(error).toBeInstanceOf(RunAborted);
    expect(error.cause).toBe('shutdown');
    expect(server.requests).toEqual([]);
  });

  it.each<[string, Behaviour]>([
    ['an answer', hang],
    ['the end of a body', drip],
    ['a retry', tooManyRequests('9')],
  ])(
    'does not wait for %s',
    async (_name, behaviour) => {
      server.behave(behaviour);
      const request = failureOf(source('coingecko').get('/a'));
      await server.received(1);
      run.abort();
      expect(await request).toBeInstanceOf(RunAborted);
      expect(server.requests).toHaveLength(1);
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
    run.abort();
    expect(await stopped).toBeInstanceOf(RunAborted);
    release();
    run = new AbortController();
    await source('coinpaprika').get('/b');
    expect(server.requests.map(({ url }) => url)).toEqual(['/api/v3/b']);
    expect(attempts).toEqual([]);
  });

  it('does not count as a failure of the source', async () => {
    server.behave(hang);
    for (let request = 1; request <= 6; request++) {
      run = new AbortController();
      const failure = failureOf(source('coingecko').get('/a'));
      await server.received(request);
      run.abort();
      await failure;
    }
    expect(client.circuitState('coingecko')).toBe('closed');
  });
});

describe('secrets', () => {
  const secrets = [
    'canary-header',
    'canary-bearer',
    'canary-query',
    'canary-user',
    'canary pass',
    'canary-param',
  ];
  const headers = { 'x-cg-demo-api-key': 'canary-header', Authorization: 'Bearer canary-bearer' };

  function secretive(baseUrl: string): Pick<SourceIo, 'get'> {
    const url = new URL(`${baseUrl}/v1`);
    url.searchParams.set('key', 'canary-query');
    url.username = 'canary-user';
    url.password = 'canary pass';
    return source('coingecko', { baseUrl: url.href, headers });
  }

  function expectNoSecret(shown: unknown): void {
    const text = inspect(shown, { depth: null, showHidden: true });
    for (const secret of secrets) {
      for (const spelling of [secret, encodeURIComponent(secret)]) expect(text).not.toContain(spelling);
    }
    expect(text).not.toContain(Buffer.from('canary-user:canary pass').toString('base64'));
  }

  /** Says everything back that it was told. */
  const echo =
    (status: number): Behaviour =>
    (request, response) => {
      const told = [request.url, ...Object.values(request.headers)].join(' ');
      return answer(status, told, { Location: `/there/${told}` })(request, response);
    };

  beforeEach(() => {
    settings.SOURCE_RETRIES = 0;
    settings.SOURCE_TIMEOUT_SECONDS = 0.5;
  });

  it('are sent', async () => {
    await secretive(server.url).get('/a', { api_key: 'canary-param' });
    const [sent] = server.requests;
    expect(sent?.url).toBe('/v1/a?key=canary-query&api_key=canary-param');
    expect(sent?.headers['x-cg-demo-api-key']).toBe('canary-header');
  });

  it('are not in an answer’s URL', async () => {
    expect((await secretive(server.url).get('/a', { api_key: 'canary-param' })).url).toBe(
      `${server.url}/v1/a?api_key=***`,
    );
  });

  it.each<[string, Behaviour]>([
    ...[301, 400, 401, 402, 403, 429, 500, 503].map((status): [string, Behaviour] => [
      `${status}`,
      echo(status),
    ]),
    ['a reset', reset],
    ['silence', hang],
    ['a drip', drip],
    ['a cut', cutOff('[')],
    ['a truncation', truncated('[')],
    ['a packed cut', gzipCutOff('[1,2,3]'.repeat(100))],
    ['too much', answer(200, Buffer.alloc(2_000_000))],
    ['too much packed', answer(200, gzipSync(Buffer.alloc(2_000_000)), { 'Content-Encoding': 'gzip' })],
    ['a body in another encoding', answer(200, 'x', { 'Content-Encoding': 'gzip' })],
    ['an HTML page', html(403, 'canary-header')],
    ['the key alone', answer(401, 'unknown key canary-bearer')],
  ])('are in no error after %s', async (_name, behaviour) => {
    server.behave(behaviour);
    const error = await failureOf(secretive(server.url).get('/a', { api_key: 'canary-param' }));
    expect(error).toBeInstanceOf(SourceError);
    expectNoSecret(error);
  });

  it('are in no error where there is no server, no host and no HTTP', async () => {
    const gone = await startServer(ok);
    await gone.close();
    const babble = createServer();
    babble.on('connection', (socket) => socket.end('canary-header is not HTTP\r\n\r\n'));
    await new Promise<void>((resolve) => babble.listen(0, '127.0.0.1', resolve));
    others.push({ close: () => new Promise((resolve) => babble.close(() => resolve())) });
    const address = babble.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    for (const url of [gone.url, 'http://source.invalid', `http://127.0.0.1:${String(port)}`]) {
      const error = await failureOf(secretive(url).get('/a'));
      expect(error).toBeInstanceOf(SourceUnavailable);
      expectNoSecret(error);
    }
  });

  it('are in no error of an open circuit', async () => {
    server.behave(echo(500));
    for (let request = 1; request <= 5; request++) await failureOf(secretive(server.url).get('/a'));
    const error = await failureOf(secretive(server.url).get('/a'));
    expect(error).toBeInstanceOf(CircuitOpen);
    expectNoSecret(error);
  });

  it('are masked in what an adapter judges, and in what is stored of it', async () => {
    const judged: string[] = [];
    server.behave(json({ id: 'canary-header' }));
    const coingecko = source('coingecko', {
      headers,
      errorIn: (_status, body) => {
        judged.push(body.toString());
        return null;
      },
    });
    expect((await coingecko.get('/a')).body.toString()).toBe('{"id":"***"}');
    expect(judged).toEqual(['{"id":"***"}']);
  });
});
