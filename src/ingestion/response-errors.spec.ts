import {
  answer,
  type Behaviour,
  coinGeckoErrors,
  json,
  redirect,
  startServer,
  tooManyRequests,
} from '../../test/support/misbehaving-server.js';
import { failureOf, ok, serviceDown, sourceClientGround } from '../../test/support/source-client-ground.js';
import type { SourceHttp } from './source-adapter.js';
import {
  SourceAuthFailed,
  type SourceError,
  SourcePayloadInvalid,
  SourceQuotaSpent,
  SourceRateLimited,
  SourceUnavailable,
} from './source-errors.js';

const ground = sourceClientGround();
const { source } = ground;

describe('an error answer', () => {
  beforeEach(() => {
    ground.settings.SOURCE_RETRIES = 0;
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
    ground.server.behave(behaviour);
    const error = await failureOf(source('coingecko').get('/coins/markets', { page: '2' }));
    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^coingecko: \/coins\/markets\?page=2 /);
    expect(ground.server.requests).toHaveLength(1);
  });

  it('keeps its type when its body breaks', async () => {
    ground.server.behave((_request, response) => {
      response.writeHead(429, { 'Retry-After': '60', 'Content-Length': 1000 });
      response.write('Throt', () => response.destroy());
    });
    expect(await failureOf(source('coingecko').get('/a'))).toMatchObject({
      name: 'SourceRateLimited',
      retryAfterSeconds: 60,
    });
    ground.server.behave(answer(401, 'not packed', { 'Content-Encoding': 'gzip' }));
    expect(await failureOf(source('coinpaprika').get('/a'))).toBeInstanceOf(SourceAuthFailed);
  });

  it('is one line of bounded length, whatever the body is', async () => {
    ground.server.behave(answer(500, `first\r\nsecond\u0007\u001b[31m\u202e${'\ud83d\ude00'.repeat(5000)}`));
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
    ground.server.behave(coinGeckoErrors.statusObject(200));
    expect(await failureOf(source('coingecko', http).get('/a'))).toMatchObject({
      name: 'SourceRateLimited',
      retryAfterSeconds: null,
    });
    ground.server.behave(json({ status: { error_code: 429 } }, 200, { 'Retry-After': '90' }));
    expect(await failureOf(source('coingecko', http).get('/a'))).toMatchObject({
      message: 'coingecko: rate limit in the body',
      retryAfterSeconds: 90,
    });
  });

  it('may be judged by the adapter against the status', async () => {
    ground.server.behave(json({ error: 'monthly limit' }, 429));
    const spent = new SourceQuotaSpent('spent');
    expect(await failureOf(source('coingecko', { errorIn: () => spent }).get('/a'))).toBe(spent);
  });

  it('a redirect is not followed, and its query is not shown', async () => {
    const other = await startServer(ok);
    ground.others.push(other);
    ground.server.behave(redirect(`${other.url}/v1/tickers?key=canary`));
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
