import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

const MINE = 'https://app.example.com';
const OTHER = 'https://other.example.com';

describe('pages of other origins', () => {
  let service: Service;

  const start = async (origins?: string): Promise<void> => {
    service = await startService({ environment: origins === undefined ? {} : { CORS_ORIGINS: origins } });
    await service.run('csv');
  };
  afterEach(() => service.stop());

  const readers = async (path: string, origin?: string, more: object = {}): Promise<string | null> => {
    const { headers } = await service.get(path, { ...(origin && { Origin: origin }), ...more });
    return headers.get('access-control-allow-origin');
  };
  const preflight = (origin: string, method: string): Promise<Response> =>
    fetch(`${service.url}/data`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': method,
        'Access-Control-Request-Headers': 'if-none-match',
      },
    });

  it('may read nothing unless they are named', async () => {
    await start();
    expect(await readers('/data', MINE)).toBeNull();
    expect((await preflight(MINE, 'GET')).status).toBe(405);
  });

  it('may read all of it where all are named', async () => {
    await start('*');
    const tag = (await service.get('/data')).headers.get('etag') ?? '';
    for (const path of [
      '/data',
      '/data',
      '/data',
      '/coins/bitcoin',
      '/health',
      '/coins/nobody',
      '/data?limit=x',
    ])
      for (const origin of [MINE, undefined])
        expect([path, await readers(path, origin)]).toEqual([path, '*']);
    expect(await readers('/data', MINE, { 'If-None-Match': tag })).toBe('*');
    const { headers } = await service.get('/data', { Origin: MINE });
    expect(headers.get('access-control-expose-headers')).toContain('RateLimit');
  });

  it('may read when they are named, whoever has asked the same before', async () => {
    await start(`${MINE.toUpperCase()}, https://third.example.com`);
    // Often enough for the answer to be kept.
    for (let time = 0; time < 4; time++) {
      expect(await readers('/data')).toBeNull();
      expect(await readers('/data', MINE)).toBe(MINE);
      expect(await readers('/data', OTHER)).toBeNull();
    }
    for (const origin of [MINE, OTHER, undefined])
      expect((await service.get('/data', origin ? { Origin: origin } : {})).headers.get('vary')).toBe(
        'Origin',
      );
    expect(await readers('/coins/nobody', MINE)).toBe(MINE);
  });

  it('are told beforehand that reading is all', async () => {
    await start(MINE);
    const asked = await preflight(MINE, 'GET');
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(MINE);
    expect(asked.headers.get('access-control-allow-methods')).toBe('GET,HEAD');
    expect(asked.headers.get('access-control-allow-headers')).toBe('If-None-Match,X-Request-Id');
    expect((await preflight(OTHER, 'GET')).headers.get('access-control-allow-origin')).toBeNull();
  });
});
