import { Controller, Get, Param, Query } from '@nestjs/common';
import { pino } from 'pino';
import { register } from 'prom-client';
import { startFramedApp } from '../../test/support/framed-app.js';
import type { FramedApp } from '../../test/support/framed-app.js';
import { RawConnection } from '../../test/support/raw-connection.js';
import { until } from '../../test/support/until.js';
import { RequestLines } from './request-lines.js';
import { CachedRead } from './answer.interceptor.js';
import { Answer } from './answer.js';
import { ConnectionDrain } from './connection-drain.js';
import { JsonText } from './exact-json.js';
import { Exchanges } from './exchanges.js';
import { FrontCache } from './front-cache.js';
import { PagingQuery } from './paging.js';
import { ReadCache } from './read-cache.js';
import { RequestLog } from './request-log.js';
import type { RequestLogRow } from './request-log.queries.js';

const BIG = 'x'.repeat(500_000);

@Controller()
class ReadController {
  @Get('data')
  @CachedRead()
  data(@Query() { page, limit }: PagingQuery): Answer {
    return new Answer(new JsonText('[{"name":"Ünïcoin","price":0.10}]'), { page, limit: limit ?? 50 });
  }

  @Get('coins/:coin_id')
  @CachedRead()
  coin(@Param('coin_id') coinId: string): Answer {
    return new Answer(coinId === 'big' ? BIG : coinId);
  }

  @Get('stats')
  @CachedRead()
  stats(): object {
    return { total_runs: 3 };
  }

  @Get('live')
  live(): object {
    return { live: true };
  }
}

/** Sends a request past the front: what says how long its body is may have one. */
const PAST = 'Content-Length: 0';

describe('the front cache', () => {
  let framed: FramedApp;
  let connections: RawConnection[];
  let version: string | null;
  let inFront: jest.SpyInstance;

  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<void> => {
    framed = await startFramedApp({ controllers: [ReadController], dataVersion: () => version, environment });
    // What is answered in front touches what the framework would have found.
    inFront = jest.spyOn(framed.app.get(ReadCache), 'touch');
  };

  beforeEach(async () => {
    version = '7';
    connections = [];
    await start();
  });

  afterEach(async () => {
    for (const connection of connections) connection.leave();
    await framed.app.close();
    register.resetMetrics();
  });

  const connection = async (): Promise<RawConnection> => {
    const opened = await RawConnection.open(framed.url);
    connections.push(opened);
    return opened;
  };

  const ask = async (lines: readonly string[]): Promise<string> => {
    const asked = await connection();
    asked.send(...lines);
    return asked.answer();
  };

  const get = (path: string, ...headers: readonly string[]): readonly string[] => [
    `GET ${path} HTTP/1.1`,
    'Host: api.example',
    'X-Request-ID: asked',
    ...headers,
  ];

  /** What no two answers have in common. */
  function comparable(answer: string): string {
    const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
    return answer
      .replace(/^Content-Length: (\d+)/im, (_line, length) =>
        Number(length) === Buffer.byteLength(body) ? 'Content-Length: right' : `Content-Length: ${length}`,
      )
      .replace(/^Date: .*$/m, 'Date: now')
      .replace(/^(Server-Timing: total;dur=)[\d.]+$/m, '$1some')
      .replace(/("api_latency_ms":)[\d.]+/, '$1some')
      .replace(/^(RateLimit: "client";r=\d+;t=)\d+$/m, '$1some');
  }

  /** Counted down: the one answered later has one less. */
  const oneMoreLeft = (answer: string): string =>
    answer.replace(/(RateLimit: "client";r=)(\d+)/, (_all, name, left) => `${name}${Number(left) + 1}`);

  /** The same request answered by the framework and then in front. */
  async function both(lines: readonly string[]): Promise<{ framework: string; front: string }> {
    inFront.mockClear();
    const framework = comparable(await ask([...lines, PAST]));
    expect(inFront).not.toHaveBeenCalled();
    const front = comparable(await ask(lines));
    expect(inFront).toHaveBeenCalledTimes(1);
    return { framework, front: oneMoreLeft(front) };
  }

  /** What is asked again is kept; and once kept, it is answered in front. */
  async function warm(path: string): Promise<void> {
    await ask(get(path));
    await ask(get(path));
    expect(inFront).not.toHaveBeenCalled();
  }

  async function tagOf(path: string): Promise<string> {
    return /^ETag: (.*)$/m.exec(await ask(get(path)))?.[1]?.trim() ?? '';
  }

  it.each([
    ['a page', '/data', []],
    ['a page by parameters', '/data?limit=10&page=2', []],
    ['another spelling of it', '/data?page=2&limit=10', []],
    ['percent-encoding nobody needs', '/data?limit=%31%30', []],
    ['a path in capitals', '/DATA', []],
    ['a parameter’s path', '/coins/bitcoin?', []],
    ['an absolute URL', 'http://api.example/data', []],
    ['an answer without metadata', '/stats', []],
    ['the end of a connection', '/data', ['Connection: close']],
    ['an upgrade that isn’t offered', '/data', ['Connection: upgrade', 'Upgrade: websocket']],
    ['a date, which no answer has', '/data', ['If-Modified-Since: Sat, 21 Nov 2026 10:00:00 GMT']],
    ['a client that wants no cached answer', '/data', ['Cache-Control: no-cache']],
  ])('answers %s as the framework does', async (_what, path, headers) => {
    await warm(path);
    const { framework, front } = await both(get(path, ...headers));
    expect(front).toBe(framework);
    expect(front).toMatch(/^HTTP\/1.1 200 OK\r\nX-Request-ID: asked\r\n/);
  });

  it.each([
    ['its tag', (tag: string) => tag],
    ['its tag, as a strong one', (tag: string) => tag.slice(2)],
    ['its tag among others', (tag: string) => `"other", ${tag}`],
  ])('answers 304 to %s as the framework does', async (_what, wanted) => {
    await warm('/data');
    const tag = await tagOf('/data');
    const { framework, front } = await both(get('/data', `If-None-Match: ${wanted(tag)}`));
    expect(front).toBe(framework);
    expect(front).toMatch(/^HTTP\/1.1 304 Not Modified\r\n/);
  });

  it('answers HTTP/1.0 as the framework does', async () => {
    await warm('/data');
    for (const headers of [[], ['Connection: keep-alive'], ['Host: api.example']]) {
      const { framework, front } = await both(['GET /data HTTP/1.0', 'X-Request-ID: asked', ...headers]);
      expect(front).toBe(framework);
    }
  });

  it('takes a usable request id and replaces others, in the answer and its body', async () => {
    await warm('/data');
    const idIn = (answer: string): readonly (string | undefined)[] => [
      /^X-Request-ID: (.*)\r$/m.exec(answer)?.[1],
      /"request_id":"([^"]*)"/.exec(answer)?.[1],
    ];
    expect(idIn(await ask(get('/data')))).toEqual(['asked', 'asked']);
    for (const id of ['two words', '"', '', 'a, b']) {
      const [inHeader, inBody] = idIn(await ask(['GET /data HTTP/1.1', 'Host: x', `X-Request-ID: ${id}`]));
      expect(inHeader).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
      expect(inBody).toBe(inHeader);
    }
    expect(inFront).toHaveBeenCalledTimes(5);
  });

  it.each([
    ['another method', ['HEAD /data HTTP/1.1', 'Host: x']],
    ['a body', ['GET /data HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked', '', '0']],
    ['no host', ['GET /data HTTP/1.1']],
    ['expectations', ['GET /data HTTP/1.1', 'Host: x', 'Expect: 100-continue']],
    ['any tag', ['GET /data HTTP/1.1', 'Host: x', 'If-None-Match: *']],
    ['another tag', ['GET /data HTTP/1.1', 'Host: x', 'If-None-Match: "other"']],
    [
      'too many headers',
      ['GET /data HTTP/1.1', 'Host: x', ...Array.from({ length: 100 }, (_, i) => `X-${i}: 1`)],
    ],
    ['another URL', ['GET /data?limit=5 HTTP/1.1', 'Host: x']],
    ['what is no cached read', ['GET /live HTTP/1.1', 'Host: x']],
  ])('leaves a request with %s to the framework', async (_what, lines) => {
    await warm('/data');
    await ask(get('/live'));
    const asked = await connection();
    asked.send(...lines);
    await until('an answer', async () => framed.app.get(Exchanges).open.length === 0);
    expect(inFront).not.toHaveBeenCalled();
  });

  it('keeps nothing that was asked for with a secret', async () => {
    await ask(get('/data', 'Authorization: Bearer correct-horse'));
    await ask(get('/data', 'Authorization: Bearer correct-horse'));
    await ask(get('/data'));
    expect(inFront).not.toHaveBeenCalled();
  });

  it('has nothing to say once the data has changed, or nobody knows whether it has', async () => {
    await warm('/data');
    version = '8';
    const tag = await tagOf('/data');
    await ask(get('/data'));
    expect(inFront).not.toHaveBeenCalled();
    version = null;
    await ask(get('/data'));
    expect(inFront).not.toHaveBeenCalled();
    version = '8';
    expect(await tagOf('/data')).toBe(tag);
    expect(inFront).toHaveBeenCalledTimes(1);
  });

  it('has nothing to say while draining', async () => {
    await warm('/data');
    framed.app.get(ConnectionDrain).begin();
    expect(await ask(get('/data'))).toContain('\r\nConnection: close\r\n');
    expect(inFront).not.toHaveBeenCalled();
  });

  it('counts a client’s requests with the framework’s, and lets that refuse what is too much', async () => {
    await framed.app.close();
    await start({ API_RATE_LIMIT: '5' });
    const left = (answer: string): string | undefined => /^RateLimit: "client";r=(\d+)/m.exec(answer)?.[1];
    const answers = [
      await ask(get('/data')),
      await ask(get('/data')),
      await ask(get('/data')),
      await ask(get('/data', PAST)),
      await ask(get('/data')),
    ];
    expect(answers.map(left)).toEqual(['4', '3', '2', '1', '0']);
    expect(inFront).toHaveBeenCalledTimes(2);
    const refused = await ask(get('/data'));
    expect(refused).toMatch(/^HTTP\/1.1 429 Too Many Requests\r\n/);
    expect(left(refused)).toBe('0');
    expect(inFront).toHaveBeenCalledTimes(2);
  });

  it('says nothing of a limit where there is none', async () => {
    await framed.app.close();
    await start({ API_RATE_LIMIT: '0' });
    await warm('/data');
    const { framework, front } = await both(get('/data'));
    expect(front).toBe(framework);
    expect(front).not.toMatch(/RateLimit/);
  });

  it('knows clients behind trusted proxies apart', async () => {
    await framed.app.close();
    await start({ API_RATE_LIMIT: '10', TRUST_PROXY: '1' });
    const from = (client: string, ...more: readonly string[]): readonly string[] =>
      get('/data', `X-Forwarded-For: 198.51.100.9, ${client}`, ...more);
    const left = async (lines: readonly string[]): Promise<string | undefined> =>
      /^RateLimit: "client";r=(\d+)/m.exec(await ask(lines))?.[1];
    await ask(from('203.0.113.1'));
    await ask(from('203.0.113.1'));
    expect(await left(from('203.0.113.1'))).toBe('7');
    expect(await left(from('203.0.113.2'))).toBe('9');
    expect(await left(from('203.0.113.1', PAST))).toBe('6');
    expect(inFront).toHaveBeenCalledTimes(2);
  });

  it('keeps the order of requests on one connection, whoever answers them', async () => {
    await warm('/data');
    await warm('/stats');
    const asked = await connection();
    asked.send(...get('/data'), '', ...get('/live'), '', ...get('/stats'), '', ...get('/data', PAST));
    const answers = [await asked.answer(), await asked.answer(), await asked.answer(), await asked.answer()];
    const subject = (answer: string): string | undefined => /total_runs|"live"|Ünïcoin/.exec(answer)?.[0];
    expect(answers.map(subject)).toEqual(['Ünïcoin', '"live"', 'total_runs', 'Ünïcoin']);
    expect(inFront).toHaveBeenCalledTimes(2);
  });

  it('is known to whoever reads what isn’t HTTP after it', async () => {
    await warm('/data');
    const asked = await connection();
    asked.send(...get('/data'));
    await asked.answer();
    asked.send('no HTTP at all');
    expect(await asked.answer()).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    await asked.closed();
  });

  describe('in the accounts', () => {
    let rows: RequestLogRow[];
    let lines: string[];

    beforeEach(() => {
      rows = [];
      lines = [];
      framed.app.get(RequestLog).record = (row) => void rows.push(row);
      const destination = { write: (line: string) => void lines.push(line) };
      new RequestLines(pino(destination), destination, framed.app.get(Exchanges));
    });

    /** What pino makes of it, at the time that is in the line. */
    function asTheLoggerSays(line: string, content: object): string {
      let said = '';
      const { time } = JSON.parse(line) as { time: string };
      const form = {
        base: undefined,
        timestamp: () => `,"time":"${time}"`,
        formatters: { level: (level: string) => ({ level }) },
      };
      pino(form, { write: (text: string) => void (said = text) }).info(content, 'request completed');
      return said;
    }

    const recorded = (count: number): Promise<unknown> =>
      until(`${count} requests to be over`, async () => lines.length === count);

    it('is what the framework’s answer is', async () => {
      await warm('/coins/bitcoin?');
      const tag = await tagOf('/coins/bitcoin?');
      await recorded(3);
      rows.length = 0;
      lines.length = 0;
      register.resetMetrics();
      const before = new Date();
      await both(get('/coins/bitcoin?'));
      await both(get('/coins/bitcoin?', `If-None-Match: ${tag}`));
      await recorded(4);

      const inLog = lines.map((line) =>
        line
          .replace(/"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/, '"time":"now"')
          .replace(/("latency_ms":)[\d.]+/, '$1some'),
      );
      expect(inLog).toEqual([inLog[0], inLog[0], inLog[2], inLog[2]]);
      expect(lines[1]).toBe(
        asTheLoggerSays(lines[1] ?? '', {
          request_id: 'asked',
          req: { method: 'GET', path: '/coins/bitcoin' },
          res: { status: 200 },
          latency_ms: rows[1]?.latencyMs,
        }),
      );
      expect(rows.map(({ latencyMs: _latency, at: _at, ...rest }) => rest)).toEqual(
        [200, 200, 304, 304].map((status) => ({
          requestId: 'asked',
          method: 'GET',
          route: '/coins/{coin_id}',
          status,
        })),
      );
      for (const { at, latencyMs } of rows) {
        expect(at.getTime()).toBeGreaterThanOrEqual(before.getTime());
        expect(latencyMs).toBeGreaterThan(0);
      }
      expect(await register.getSingleMetricAsString('http_request_duration_seconds')).toMatch(
        /_count\{method="GET",route="\/coins\/\{coin_id\}",status="2xx"\} 2\n[^]*_count\{method="GET",route="\/coins\/\{coin_id\}",status="3xx"\} 2/,
      );
    });

    it('is over when its client has gone, answers that waited for others too', async () => {
      await warm('/coins/big');
      await recorded(2);
      const asked = await connection();
      asked.stopReading();
      // In one piece: what comes later is not read before these are answered.
      asked.send(...Array.from({ length: 60 }, () => [...get('/coins/big'), '']).flat());
      await until('all to be asked', async () => inFront.mock.calls.length === 60);
      asked.leave();
      await recorded(62);
      const statuses = rows.map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([200, 499]));
      expect(lines.filter((line) => line.includes('request aborted'))).toHaveLength(
        statuses.filter((status) => status === 499).length,
      );
      expect(framed.app.get(Exchanges).open).toEqual([]);
    });
  });

  it('holds a bounded number of bytes', async () => {
    const front = framed.app.get(FrontCache);
    const asked = await connection();
    asked.send(...get('/coins/big'));
    await asked.answer();
    // All are one question.
    for (let spelling = 0; spelling < 60; spelling += 1) {
      asked.send(...get(`/coins/big?${'&'.repeat(spelling)}`));
      await asked.answer();
    }
    expect(front.bytes).toBeGreaterThan(8_000_000);
    expect(front.bytes).toBeLessThanOrEqual(16 * 1024 * 1024);
    // What was asked last is there.
    asked.send(...get(`/coins/big?${'&'.repeat(59)}`));
    await asked.answer();
    expect(inFront).toHaveBeenCalledTimes(1);
  });
});
