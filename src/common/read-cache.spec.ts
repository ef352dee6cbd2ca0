import { ReadCache } from './read-cache.js';
import type { CacheLimits } from './read-cache.js';
import type { RenderedAnswer } from './answer.js';

const LIMITS: CacheLimits = { entries: 3, characters: 1_000, patienceMs: 10, answerMs: 30 };

const body = (text: string): RenderedAnswer => ({ kind: 'plain', body: text });
const reads = (text: string) => (): Promise<RenderedAnswer> => Promise.resolve(body(text));
const outage = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
const unread = (): Promise<never> => Promise.reject(new Error('nothing was to be read'));
const silence = (): Promise<never> => new Promise(() => undefined);

function slow(text: string): { read: () => Promise<RenderedAnswer>; finish: () => void } {
  let finish = (): void => undefined;
  const done = new Promise<RenderedAnswer>((resolve) => {
    finish = () => resolve(body(text));
  });
  return { read: () => done, finish: () => finish() };
}

describe('ReadCache', () => {
  let now: number;
  let cache: ReadCache;

  beforeEach(() => {
    now = 0;
    cache = new ReadCache(LIMITS, () => now);
  });

  it('counts the age from when an answer was last known to be current', async () => {
    await cache.find('/data', 'v1', reads('one'));
    now = 60_000;
    await cache.find('/data', 'v1', unread);
    now = 72_900;
    expect(await cache.find('/data', null, outage)).toEqual({
      rendered: body('one'),
      staleSeconds: 12,
      again: false,
    });
  });

  it('serves the newest there is, of whatever version, in an outage', async () => {
    await cache.find('/data', 'v1', reads('one'));
    await cache.find('/data', 'v2', reads('two'));
    expect(await cache.find('/data', 'v3', outage)).toMatchObject({ rendered: body('two') });
  });

  it('does not wait for a database that has fallen silent when it has an answer', async () => {
    await cache.find('/data', 'v1', reads('one'));
    expect(await cache.find('/data', null, silence)).toMatchObject({
      rendered: body('one'),
      staleSeconds: 0,
    });
  });

  it('does not wait for a slow one either, whatever it knows of the version, and keeps what comes late', async () => {
    await cache.find('/data', 'v1', reads('one'));
    const late = slow('two');
    expect(await cache.find('/data', 'v2', late.read)).toMatchObject({
      rendered: body('one'),
      staleSeconds: 0,
    });
    late.finish();
    expect(await cache.find('/data', 'v2', late.read)).toEqual({
      rendered: body('two'),
      staleSeconds: null,
      again: false,
    });
  });

  it('gives a read up in the end, and starts another', async () => {
    await expect(cache.find('/data', 'v1', silence)).rejects.toThrow('did not answer within 30 ms');
    expect(await cache.find('/data', 'v1', reads('one'))).toMatchObject({ rendered: body('one') });
  });

  it('hides no other error behind an old answer', async () => {
    await cache.find('/data', 'v1', reads('one'));
    await expect(cache.find('/data', 'v2', unread)).rejects.toThrow('nothing was to be read');
  });

  it('reads again after a read that failed', async () => {
    await expect(cache.find('/data', 'v1', outage)).rejects.toThrow('ECONNREFUSED');
    expect(cache.canAnswer).toBe(false);
    expect(await cache.find('/data', 'v1', reads('one'))).toEqual({
      rendered: body('one'),
      staleSeconds: null,
      again: false,
    });
  });

  it('lets a slow old read not replace a newer one', async () => {
    const old = slow('old');
    const reading = cache.find('/data', 'v1', old.read);
    now = 1;
    await cache.find('/data', 'v2', reads('new'));
    old.finish();
    await reading;
    expect((await cache.find('/data', 'v2', unread)).rendered).toEqual(body('new'));
  });

  it('stays within its number of answers', async () => {
    for (const url of ['/1', '/2', '/3', '/4']) await cache.find(url, 'v1', reads(url));
    await expect(cache.find('/1', 'v1', unread)).rejects.toThrow();
    expect((await cache.find('/4', 'v1', unread)).rendered).toEqual(body('/4'));
  });

  it('stays within its size, and keeps nothing larger than all of it', async () => {
    await cache.find('/1', 'v1', reads('x'.repeat(600)));
    await cache.find('/2', 'v1', reads('x'.repeat(600)));
    await expect(cache.find('/1', 'v1', unread)).rejects.toThrow();
    await cache.find('/3', 'v1', reads('x'.repeat(2_000)));
    await expect(cache.find('/3', 'v1', unread)).rejects.toThrow();
  });
});
