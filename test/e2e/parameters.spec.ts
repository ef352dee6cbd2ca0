import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

describe('parameters', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  const LONG = 'x'.repeat(101);
  const MANY = Array.from({ length: 101 }, (_, index) => `c${index}`).join(',');

  it.each([
    ['/data?limit=0', ['limit']],
    ['/data?limit=101', ['limit']],
    ['/data?limit=ten', ['limit']],
    ['/data?limit=', ['limit']],
    ['/data?limit=1e1', ['limit']],
    ['/data?limit=5.0', ['limit']],
    ['/data?limit=-1', ['limit']],
    ['/data?page_size=0', ['page_size']],
    ['/data?limit=10&page_size=20', ['page_size']],
    ['/data?page=0', ['page']],
    ['/data?page=1000001', ['page']],
    ['/data?page=99999999999999999999', ['page']],
    ['/data?limit=10&limit=10', ['limit']],
    ['/data?symbol=BTC&symbol=ETH', ['symbol']],
    ['/data?symbol=', ['symbol']],
    ['/data?symbol=,,', ['symbol']],
    [`/data?symbol=${MANY}`, ['symbol']],
    [`/data?ids=${MANY}`, ['ids']],
    ['/data?ids=%00', ['ids']],
    ['/data?q=', ['q']],
    [`/data?q=${LONG}`, ['q']],
    ['/data?q=a%00b', ['q']],
    ['/data?sort=price', ['sort']],
    ['/data?sort=', ['sort']],
    ['/data?order=down', ['order']],
    ['/data?source=nobody', ['source']],
    ['/data?source=CSV', ['source']],
    ['/data?source=csv%27--', ['source']],
    ['/data?colour=red', ['colour']],
    ['/data?__proto__=1', ['__proto__']],
    ['/data?constructor=1', ['constructor']],
    ['/data?limit[]=5', ['limit[]']],
    ['/data?limit[a]=5', ['limit[a]']],
    ['/data?Limit=5', ['Limit']],
    ['/data?limit=0&sort=x', ['limit', 'sort']],
    ['/coins/bitcoin?full=1', ['full']],
    ['/runs?status=done', ['status']],
    ['/runs?source=nobody', ['source']],
    ['/runs?limit=0', ['limit']],
    ['/runs?sort=name', ['sort']],
    ['/runs/latest', ['run_id']],
    ['/runs/0', ['run_id']],
    ['/runs/1.5', ['run_id']],
    ['/runs/99999999999999999999', ['run_id']],
    ['/runs/compare', ['a', 'b']],
    ['/runs/compare?a=1', ['b']],
    ['/runs/compare?a=x&b=2', ['a']],
    ['/stats?source=csv', ['source']],
    ['/drift?source=nobody', ['source']],
    ['/drift?limit=1000', ['limit']],
    ['/health?verbose=1', ['verbose']],
    ['/health/live?a=1', ['a']],
    ['/metrics?a=1', ['a']],
    ['/?a=1', ['a']],
  ])('GET %s is refused and %j named', async (path, parameters) => {
    const { status, headers, body } = await service.get(path);
    expect(status).toBe(422);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({
      type: '/problems/invalid-parameters',
      status: 422,
      instance: path.split('?')[0],
      request_id: headers.get('x-request-id'),
    });
    const errors: { parameter: string; message: string }[] = body.errors;
    expect(errors.map(({ parameter }) => parameter).sort()).toEqual([...parameters].sort());
    for (const { parameter, message } of errors) expect(message).toContain(parameter);
  });

  it.each([
    ['POST', '/etl/run?source=nobody', ['source']],
    ['POST', '/etl/run?force=1', ['force']],
    ['GET', '/quarantine?reason=ugly', ['reason']],
    ['GET', '/quarantine?source=nobody', ['source']],
    ['GET', '/quarantine?limit=0', ['limit']],
  ])('%s %s is refused and %j named', async (method, path, parameters) => {
    const { status, body } = await service.ask(method, path, { headers: service.authorization });
    expect(status).toBe(422);
    expect(body.errors).toEqual(
      parameters.map((parameter) => ({ parameter, message: expect.stringContaining(parameter) as string })),
    );
  });

  it('are not an order to start a run when they are wrong', async () => {
    expect((await service.get('/runs')).body.metadata.total_count).toBe(0);
  });

  describe('in a body where none is asked for', () => {
    const JSON_TYPE = { 'Content-Type': 'application/json' };
    const post = (body: string, headers: Record<string, string> = JSON_TYPE): ReturnType<Service['ask']> =>
      service.ask('POST', '/etl/run', { body, headers: { ...service.authorization, ...headers } });
    const runs = async (): Promise<number> => Number((await service.get('/runs')).body.metadata.total_count);

    it.each([
      ['JSON', '{"source":"csv"}', JSON_TYPE],
      ['a list', '["csv"]', JSON_TYPE],
      ['a form', 'source=csv', { 'Content-Type': 'application/x-www-form-urlencoded' }],
      ['text', 'csv', { 'Content-Type': 'text/plain' }],
    ])('as %s are refused with the way they go', async (_what, body, headers) => {
      const answer = await post(body, headers);
      expect(answer.status).toBe(422);
      expect(answer.body).toMatchObject({
        type: '/problems/invalid-parameters',
        errors: [
          { parameter: 'body', message: 'a body is not read here; parameters go into the query: ?source=' },
        ],
      });
      expect(await runs()).toBe(0);
    });

    it('are no reason to say more to somebody without the token', async () => {
      const answer = await service.ask('POST', '/etl/run', { body: '{"source":"csv"}', headers: JSON_TYPE });
      expect(answer.status).toBe(401);
    });

    it('are nothing when the body is empty', async () => {
      const before = await runs();
      for (const body of ['', '{}']) {
        const headers = { ...service.authorization, ...JSON_TYPE };
        const { status } = await service.ask('POST', '/etl/run?source=csv', { body, headers });
        expect(status).toBe(202);
        await service.ended('csv');
      }
      expect(await runs()).toBe(before + 2);
    });
  });
});
