import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

describe('what is asked of /identity', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  it.each([
    ['POST', '/identity/links', undefined, ['source', 'source_coin_id', 'coin_id']],
    ['POST', '/identity/links', [], ['source', 'source_coin_id', 'coin_id']],
    [
      'POST',
      '/identity/links',
      { source: 1, source_coin_id: 'a\0b', coin_id: 'A' },
      ['source', 'source_coin_id', 'coin_id'],
    ],
    ['POST', '/identity/links', { source: 'csv', source_coin_id: 'a', coin_id: 'a', reason: '' }, ['reason']],
    ['POST', '/identity/links', { source: 'csv', source_coin_id: 'a', coin_id: 'a', why: 'x' }, ['why']],
    ['POST', '/identity/merge', { from: 'acme' }, ['into']],
    ['POST', '/identity/merge', { from: ['acme'], into: null }, ['from', 'into']],
    ['DELETE', '/identity/links', undefined, ['source', 'source_coin_id']],
    ['DELETE', '/identity/links?source=csv&source_coin_id=%00', undefined, ['source_coin_id']],
    ['POST', '/identity/decisions/x/undo', undefined, ['decision_id']],
    ['GET', '/identity/ambiguous?source=nobody', undefined, ['source']],
    ['GET', '/identity/suspect?limit=0', undefined, ['limit']],
  ])('%s %s with %j names what is wrong', async (method, path, body, parameters) => {
    const answer = await service.ask(method, path, {
      headers: { ...service.authorization, 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    expect(answer.status).toBe(422);
    const errors: { parameter: string }[] = answer.body.errors;
    expect(errors.map(({ parameter }) => parameter)).toEqual(parameters);
  });

  it('says how a body is to be sent that it can’t read', async () => {
    const answer = await service.ask('POST', '/identity/merge', {
      headers: { ...service.authorization, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: JSON.stringify({ from: 'acme', into: 'other', reason: 'the same' }),
    });
    expect(answer.status).toBe(415);
    expect(answer.body.detail).toContain('Content-Type: application/json');
  });
});
