import { connect } from 'node:net';
import { startService } from '../support/service.js';
import type { Asked, Service } from '../support/service.js';

const JSON_BODY = { 'Content-Type': 'application/json' };
const TOO_LARGE = JSON.stringify('x'.repeat(110_000));

describe('what is refused', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  const CASES: readonly { status: number; method: string; path: string; asked?: Asked; instance?: string }[] =
    [
      { status: 404, method: 'GET', path: '/nothing' },
      { status: 404, method: 'GET', path: '/datax' },
      { status: 404, method: 'POST', path: '/data/x?api_key=mine' },
      { status: 404, method: 'GET', path: '/coins/nobody' },
      { status: 404, method: 'GET', path: '/runs/1' },
      { status: 404, method: 'GET', path: '/.env' },
      { status: 400, method: 'GET', path: '/coins/%E0%A4%A', instance: '/coins/%E0%A4%25A' },
      { status: 404, method: 'GET', path: '/a|b', instance: '/a%7Cb' },
      { status: 405, method: 'POST', path: '/data' },
      { status: 405, method: 'DELETE', path: '/coins/bitcoin' },
      { status: 405, method: 'PUT', path: '/runs/1' },
      { status: 405, method: 'GET', path: '/etl/run' },
      { status: 405, method: 'PATCH', path: '/' },
      { status: 401, method: 'POST', path: '/etl/run' },
      { status: 401, method: 'GET', path: '/quarantine' },
      { status: 422, method: 'GET', path: '/data?limit=x' },
      { status: 400, method: 'POST', path: '/etl/run', asked: { headers: JSON_BODY, body: '{"source": ' } },
      { status: 400, method: 'POST', path: '/nothing', asked: { headers: JSON_BODY, body: 'null{' } },
      {
        status: 400,
        method: 'POST',
        path: '/etl/run',
        asked: { headers: { ...JSON_BODY, 'Content-Encoding': 'gzip' }, body: '{}' },
      },
      { status: 413, method: 'POST', path: '/etl/run', asked: { headers: JSON_BODY, body: TOO_LARGE } },
      {
        status: 415,
        method: 'POST',
        path: '/etl/run',
        asked: { headers: { 'Content-Type': 'application/json; charset=klingon' }, body: '{}' },
      },
      {
        status: 415,
        method: 'POST',
        path: '/etl/run',
        asked: { headers: { ...JSON_BODY, 'Content-Encoding': 'rot13' }, body: '{}' },
      },
    ];

  it.each(CASES)('is a problem: $status $method $path', async ({ status, method, path, asked, instance }) => {
    const answer = await service.ask(method, path, asked);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('etag')).toBeNull();
    expect(answer.body).toMatchObject({
      status,
      title: expect.stringMatching(/\S/),
      detail: expect.stringMatching(/\S/),
      instance: instance ?? path.split('?')[0],
      request_id: answer.headers.get('x-request-id'),
    });
    // Nothing of the inside, and no query: no stack, no path of a file, no SQL, no class of ours.
    expect(answer.text).not.toMatch(/\\n|\.[jt]s\b|node_modules|SELECT|Exception|Error:|mine/);
  });

  it('says which methods there are', async () => {
    expect((await service.ask('POST', '/data')).headers.get('allow')).toBe('GET, HEAD');
    expect((await service.ask('GET', '/etl/run')).headers.get('allow')).toBe('POST');
  });

  it.each(['gzip', 'deflate', 'br'])('says that a body is not %s', async (encoding) => {
    const { body } = await service.ask('POST', '/etl/run', {
      headers: { ...JSON_BODY, 'Content-Encoding': encoding },
      body: '{"source": "csv"}',
    });
    expect(body.detail).toMatch(/Content-Encoding/);
  });

  it('says how large a body may be', async () => {
    const { body } = await service.ask('POST', '/etl/run', {
      headers: JSON_BODY,
      body: TOO_LARGE,
    });
    expect(body.detail).toBe('The body is larger than 102400 bytes.');
  });

  it('is a problem even where it isn’t HTTP', async () => {
    const { hostname, port } = new URL(service.url);
    const answered = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write('NONSENSE\r\n\r\n'));
      let text = '';
      socket.setEncoding('utf8').on('data', (part: string) => (text += part));
      socket.on('error', reject).on('end', () => resolve(text));
    });
    const [head, body] = answered.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    expect(head).toContain('application/problem+json');
    expect(JSON.parse(body ?? '')).toMatchObject({ status: 400, title: 'Bad Request' });
  });
});

describe('every answer', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
    await service.run('csv');
  });
  afterAll(() => service.stop());

  const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  const PATHS = [
    '/',
    '/data',
    '/coins/bitcoin',
    '/health',
    '/health/live',
    '/metrics',
    '/stats',
    '/runs',
    '/nothing',
  ];

  it.each(PATHS)('of %s keeps a valid request id, and replaces any other', async (path) => {
    const kept = await service.get(path, { 'X-Request-ID': 'my-Request_1.2:3' });
    expect(kept.headers.get('x-request-id')).toBe('my-Request_1.2:3');
    for (const bad of ['two words', 'a'.repeat(129), '"quoted"', 'a,b', '<script>']) {
      const replaced = await service.get(path, { 'X-Request-ID': bad });
      expect(replaced.headers.get('x-request-id')).toMatch(UUID);
    }
    const [one, other] = [await service.get(path), await service.get(path)];
    expect(one.headers.get('x-request-id')).toMatch(UUID);
    expect(one.headers.get('x-request-id')).not.toBe(other.headers.get('x-request-id'));
  });

  it('has its id and its latency inside, too', async () => {
    for (const path of ['/data', '/coins/bitcoin', '/runs']) {
      const { headers, body } = await service.get(path);
      expect(body.metadata.request_id).toBe(headers.get('x-request-id'));
      expect(body.metadata.api_latency_ms).toBeGreaterThan(0);
      expect(body.metadata.api_latency_ms).toBeLessThan(10_000);
    }
  });

  it.each(PATHS)('of HEAD %s is that of GET without its body', async (path) => {
    const get = await service.get(path);
    const head = await service.ask('HEAD', path);
    expect(head.status).toBe(get.status);
    expect(head.text).toBe('');
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
    expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
    expect(head.headers.get('cache-control')).toBe(get.headers.get('cache-control'));
  });

  it('tells browsers to run nothing of it', async () => {
    const { headers } = await service.get('/data');
    expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});
