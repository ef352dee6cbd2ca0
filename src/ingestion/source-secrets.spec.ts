import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import {
  answer,
  type Behaviour,
  cutOff,
  drip,
  gzipCutOff,
  hang,
  html,
  json,
  reset,
  startServer,
  truncated,
} from '../../test/support/misbehaving-server.js';
import { failureOf, ok, sourceClientGround } from '../../test/support/source-client-ground.js';
import type { SourceIo } from './source-adapter.js';
import { CircuitOpen } from './source-circuit.js';
import { SourceError, SourceUnavailable } from './source-errors.js';

const ground = sourceClientGround();
const { source } = ground;

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
    ground.settings.SOURCE_RETRIES = 0;
    ground.settings.SOURCE_TIMEOUT_SECONDS = 0.5;
  });

  it('are sent', async () => {
    await secretive(ground.server.url).get('/a', { api_key: 'canary-param' });
    const [sent] = ground.server.requests;
    expect(sent?.url).toBe('/v1/a?key=canary-query&api_key=canary-param');
    expect(sent?.headers['x-cg-demo-api-key']).toBe('canary-header');
  });

  it('are not in an answer’s URL', async () => {
    expect((await secretive(ground.server.url).get('/a', { api_key: 'canary-param' })).url).toBe(
      `${ground.server.url}/v1/a?api_key=***`,
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
    ground.server.behave(behaviour);
    const error = await failureOf(secretive(ground.server.url).get('/a', { api_key: 'canary-param' }));
    expect(error).toBeInstanceOf(SourceError);
    expectNoSecret(error);
  });

  it('are in no error where there is no server, no host and no HTTP', async () => {
    const gone = await startServer(ok);
    await gone.close();
    const babble = createServer();
    babble.on('connection', (socket) => socket.end('canary-header is not HTTP\r\n\r\n'));
    await new Promise<void>((resolve) => babble.listen(0, '127.0.0.1', resolve));
    ground.others.push({ close: () => new Promise((resolve) => babble.close(() => resolve())) });
    const address = babble.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    for (const url of [gone.url, 'http://source.invalid', `http://127.0.0.1:${String(port)}`]) {
      const error = await failureOf(secretive(url).get('/a'));
      expect(error).toBeInstanceOf(SourceUnavailable);
      expectNoSecret(error);
    }
  });

  it('are in no error of an open circuit', async () => {
    ground.server.behave(echo(500));
    for (let request = 1; request <= 5; request++) await failureOf(secretive(ground.server.url).get('/a'));
    const error = await failureOf(secretive(ground.server.url).get('/a'));
    expect(error).toBeInstanceOf(CircuitOpen);
    expectNoSecret(error);
  });

  it('are masked in what an adapter judges, and in what is stored of it', async () => {
    const judged: string[] = [];
    ground.server.behave(json({ id: 'canary-header' }));
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
