import { Agent } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { AnswerValidation } from '../support/answer-validation.js';
import { HostileJudge, INSIDE, USABLE_ID } from '../support/hostile-answers.js';
import { hostileRequests, knownTricks, send } from '../support/hostile-requests.js';
import type { ApiDocument } from '../support/hostile-requests.js';
import { coinGeckoRow, coinPaprikaRow, Market, rowsOf } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { until } from '../support/until.js';

const ROUNDS = 100;
const AT_ONCE = 8;

/** Whoever asks the API for what it can't give is told so in its own words, and nothing else. */
describe('a hostile client', () => {
  let market: Market;
  let service: Service;
  let document: ApiDocument;
  let judge: HostileJudge;
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

  beforeAll(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(3, coinGeckoRow);
    market.coinPaprika = rowsOf(3, coinPaprikaRow);
    service = await startService({ environment: market.environment });
    for (const source of ['csv', 'coingecko', 'coinpaprika'])
      expect(await service.run(source)).toMatchObject({ source, status: 'success' });
    document = (await service.get('/docs-json')).body;
    judge = new HostileJudge(await AnswerValidation.of(service.url), service.token);
  });
  afterAll(async () => {
    agent.destroy();
    await service.stop();
    await market.close();
  });

  it('gets nowhere with what is known to have worked elsewhere, in no parameter', async () => {
    const left = knownTricks(document, service.token);
    expect(left.length).toBeGreaterThan(1_000);
    while (left.length > 0)
      await Promise.all(
        left
          .splice(0, AT_ONCE)
          .map(async (asked) => judge.check(asked, await send(service.url, asked, agent))),
      );
  });

  it('is answered on every route, whatever it sends', async () => {
    const seen = new Map<number, number>();
    const routes = new Set<string>();
    const requests = fc.array(hostileRequests(document, service.token), {
      minLength: AT_ONCE,
      maxLength: AT_ONCE,
    });
    await fc.assert(
      fc.asyncProperty(requests, async (asked) => {
        const answers = await Promise.all(asked.map((one) => send(service.url, one, agent)));
        answers.forEach((answer, at) => {
          const one = asked[at];
          if (!one) throw new Error('more answers than requests');
          judge.check(one, answer);
          routes.add(one.template);
          seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
        });
      }),
      { numRuns: ROUNDS },
    );
    expect([...routes].sort()).toEqual(Object.keys(document.paths).sort());
    // Not all of it was refused at the door.
    for (const status of [200, 400, 401, 404, 405, 422])
      expect([status, seen.get(status)]).not.toEqual([status, undefined]);
    expect(await service.get('/data')).toMatchObject({ status: 200 });
  });

  /** What comes back for these bytes until the server closes the connection, as Latin-1. */
  function told(bytes: string, afterAnAnswer?: string): Promise<string> {
    const { hostname, port } = new URL(service.url);
    return new Promise((resolve, reject) => {
      let text = '';
      const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
      socket.setEncoding('latin1').on('data', (part: string) => (text += part));
      if (afterAnAnswer !== undefined) socket.once('data', () => socket.write(afterAnAnswer));
      socket.on('error', reject).on('close', () => resolve(text));
    });
  }

  /** Of one answer; the body is what stands behind the first empty line. */
  function read(answer: string): { status: number; ids: string[]; head: string; body: string } {
    const [head = '', body = ''] = answer.split(/\r\n\r\n(.*)/s);
    const ids = [...head.matchAll(/^x-request-id: (.*)$/gim)].map(([, id]) => id ?? '');
    return { status: Number(/^HTTP\/1\.1 (\d+) /.exec(head)?.[1]), ids, head, body };
  }

  const get = (headers: string): Promise<string> =>
    told(`GET /data?limit=1 HTTP/1.1\r\nHost: here\r\nConnection: close\r\n${headers}\r\n`);

  it.each([
    ['another header behind it', 'X-Request-ID: a\r\nSet-Cookie: b=c\r\n', 200],
    ['a line break and a space', 'X-Request-ID: a\r\n Set-Cookie: b=c\r\n', 400],
    ['a bare line feed', 'X-Request-ID: a\nSet-Cookie: b=c\r\n', 400],
    ['a bare carriage return', 'X-Request-ID: a\rSet-Cookie: b=c\r\n', 400],
    ['a NUL', 'X-Request-ID: a\0b\r\n', 400],
    ['a line break, encoded', 'X-Request-ID: a%0d%0aSet-Cookie:%20b=c\r\n', 200],
    ['an escape sequence', 'X-Request-ID: a\x1b[31mb\r\n', 400],
    ['letters of UTF-8', `X-Request-ID: ${Buffer.from('münze-😀').toString('latin1')}\r\n`, 200],
    ['letters of Latin-1', 'X-Request-ID: m\xfcnze\r\n', 200],
    ['a line break of Unicode', `X-Request-ID: a${Buffer.from('\u2028').toString('latin1')}b\r\n`, 200],
    ['129 letters', `X-Request-ID: ${'a'.repeat(129)}\r\n`, 200],
    ['8000 letters', `X-Request-ID: ${'a'.repeat(8_000)}\r\n`, 200],
    ['nothing', 'X-Request-ID:\r\n', 200],
    ['a second one', 'X-Request-ID: a\r\nX-Request-ID: b\r\n', 200],
    ['JSON', 'X-Request-ID: {"level":"fatal"}\r\n', 200],
  ])('that gives a request id with %s is given one of ours', async (_what, headers, status) => {
    const answer = read(await get(headers));
    expect(answer.status).toBe(status);
    expect(answer.ids).toEqual([expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$|^a$/)]);
    expect(answer.head).not.toMatch(/set-cookie|fatal/i);
    const body: { request_id?: string; metadata?: { request_id: string } } = JSON.parse(answer.body);
    expect(body.metadata?.request_id ?? body.request_id).toBe(answer.ids[0]);
  });

  it.each([
    ['no Host', 'GET /data HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [
      'two lengths',
      'POST /etl/run HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
    ],
    [
      'a length and chunks',
      'POST /etl/run HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['an expectation', 'GET /data HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: gold\r\n\r\n', 417],
    ['a method of its own', 'MINT /data HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
    ['TRACE', 'TRACE /data HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-A: b\r\n\r\n', 405],
    ['another version', 'GET /data HTTP/9.9\r\nHost: a\r\n\r\n', 400],
    [
      'a whole address',
      'GET http://127.0.0.1:9/latest/meta-data HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      404,
    ],
    [
      'a way upwards',
      'GET /docs/../../../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      404,
    ],
    [
      'a way upwards, encoded',
      'GET /docs/..%2f..%2fpackage.json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      404,
    ],
    [
      'chunks that are none',
      'POST /etl/run HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
    [
      'another protocol',
      'GET /data HTTP/1.1\r\nHost: a\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\n\r\n',
      200,
    ],
  ])('that sends %s is answered in the form of every other', async (_what, bytes, status) => {
    const answer = read(await told(bytes));
    expect([answer.status, answer.ids.length]).toEqual([status, 1]);
    if (status >= 400) {
      expect(answer.head).toMatch(/^content-type: application\/problem\+json$/im);
      expect(JSON.parse(answer.body)).toMatchObject({ status, request_id: answer.ids[0] });
      expect(answer.body).not.toMatch(INSIDE);
    }
  });

  it('is told so, too, on a connection that has served it well', async () => {
    const good = 'GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n';
    const answers = await told(good, 'NONSENSE\r\n\r\n');
    const [first = '', second = ''] = answers.split(/(?=HTTP\/1\.1 400)/);
    expect(read(first)).toMatchObject({ status: 200 });
    expect(JSON.parse(read(second).body)).toMatchObject({ status: 400, request_id: read(second).ids[0] });
  });

  it('is not taken at its word that what it can’t say was answered before what it asked', async () => {
    const good = 'GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n';
    expect(await told(`${good}NONSENSE\r\n\r\n`)).not.toMatch(/^HTTP\/1\.1 400/);
  });

  it('writes nothing of its own into the request log', async () => {
    await service.get('/data', { 'X-Request-ID': 'the-last' });
    await until('the log to be written', async () => {
      const rows = await service.rows<object>(`SELECT 1 FROM request_logs WHERE request_id = 'the-last'`);
      return rows.length === 1;
    });
    const rows = await service.rows<{ request_id: string; route: string; method: string }>(
      'SELECT request_id, route, method FROM request_logs',
    );
    expect(rows.length).toBeGreaterThan(ROUNDS);
    const routes = new Set([...Object.keys(document.paths), '/docs-json', 'unmatched']);
    for (const { request_id, route, method } of rows) {
      expect(request_id).toMatch(USABLE_ID);
      expect(method).toMatch(/^[A-Z]{3,10}$/);
      expect([route, routes.has(route)]).toEqual([route, true]);
    }
  });
});

describe('a client that never stops asking', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService({ environment: { API_RATE_LIMIT: '20' } });
  });
  afterAll(() => service.stop());

  it('is told when to come back, while probes and scrapes are answered, and is counted', async () => {
    const counted = async (): Promise<number> =>
      Number(/^http_requests_limited_total (\d+)$/m.exec((await service.get('/metrics')).text)?.[1]);
    const before = await counted();
    const paths = ['/data', '/data?page=2', '/coins/nobody', '/nothing', '/stats'];
    const asked = Array.from({ length: 100 }, (_, at) => service.get(paths[at % paths.length] ?? '/'));
    const answers = await Promise.all(asked);
    const refused = answers.filter(({ status }) => status === 429);
    // The harness has read the documents, which is a request of this client's too.
    expect(refused).toHaveLength(81);
    for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await service.post('/etl/run', service.authorization)).status).toBe(429);
    for (const path of ['/', '/health', '/health/live', '/health/ready', '/metrics'])
      expect([path, (await service.get(path)).status]).not.toEqual([path, 429]);
    expect((await counted()) - before).toBe(82);
  });
});
