import { Controller, Get, HttpCode, Injectable, NotFoundException, Param, Post, Query } from '@nestjs/common';
import { startFramedApp } from '../../test/support/framed-app.js';
import type { FramedApp } from '../../test/support/framed-app.js';
import { AnswerInterceptor, CachedRead } from './answer.interceptor.js';
import { Answer } from './answer.js';
import { JsonText } from './exact-json.js';
import { PagingQuery } from './paging.js';

const ROWS = '[{"current_price":67123.000000000000000000000001}]';

/** Stands for PostgreSQL: what it says, how often it was asked, and whether it is there. */
@Injectable()
class Store {
  version: string | null = '7';
  away = false;
  reads = 0;
  private gate: Promise<void> | null = null;

  hold(): () => void {
    let release = (): void => undefined;
    this.gate = new Promise((resolve) => {
      release = resolve;
    });
    return () => {
      this.gate = null;
      release();
    };
  }

  async read(): Promise<JsonText> {
    this.reads += 1;
    await this.gate;
    if (this.away) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    return new JsonText(ROWS);
  }
}

@Controller()
class ReadController {
  constructor(private readonly store: Store) {}

  @Get('data')
  @CachedRead()
  async data(@Query() query: PagingQuery): Promise<Answer> {
    return new Answer(await this.store.read(), { page: query.page, data_as_of: null });
  }

  @Get('summary')
  @CachedRead()
  async summary(): Promise<object> {
    return { total: await this.store.read() };
  }

  @Get('coins/:id')
  @CachedRead()
  async coin(@Param('id') id: string): Promise<Answer> {
    await this.store.read();
    throw new NotFoundException(`There is no coin ${id}.`);
  }

  @Get('live')
  live(): object {
    return { status: 'healthy' };
  }

  @Get('text')
  text(): string {
    return 'metric 1';
  }

  @Post('runs')
  @HttpCode(202)
  runs(): Answer {
    return new Answer({ run_ids: ['1'] });
  }
}

describe('answers', () => {
  let framed: FramedApp;
  const store = new Store();

  beforeEach(async () => {
    Object.assign(store, { version: '7', away: false, reads: 0 });
    framed = await startFramedApp({
      controllers: [ReadController],
      providers: [{ provide: Store, useValue: store }],
      dataVersion: () => store.version,
    });
  });

  afterEach(() => framed.app.close());

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
    fetch(framed.url + path, { method, headers });

  async function metadata(response: Response): Promise<Record<string, unknown>> {
    expect(response.status).toBe(200);
    return ((await response.json()) as { metadata: Record<string, unknown> }).metadata;
  }

  async function tagOf(path: string): Promise<string> {
    return (await get(path)).headers.get('etag') ?? 'no tag';
  }

  it('keep every digit, and carry the request id and the latency', async () => {
    const response = await get('/data?page=2', { 'X-Request-ID': 'mine' });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const body = await response.text();
    expect(body).toMatch(
      /^\{"data":\[\{"current_price":67123\.000000000000000000000001\}\],"metadata":\{"request_id":"mine","api_latency_ms":\d+(\.\d{1,3})?,"page":2,"data_as_of":null\}\}$/,
    );
    expect(response.headers.get('server-timing')).toMatch(/^total;dur=\d/);
  });

  it('may have another status, be plain objects, or texts', async () => {
    const run = await fetch(`${framed.url}/runs`, { method: 'POST' });
    expect(run.status).toBe(202);
    expect(run.headers.get('etag')).toBeNull();
    expect(await run.json()).toMatchObject({ data: { run_ids: ['1'] }, metadata: {} });
    const live = await get('/live');
    expect(await live.json()).toEqual({ status: 'healthy' });
    expect(live.headers.get('etag')).toBeNull();
    expect(await (await get('/text')).text()).toBe('metric 1');
  });

  describe('to a cached read', () => {
    it('carry a weak tag and say that it must be checked each time', async () => {
      const response = await get('/data');
      expect(response.headers.get('etag')).toMatch(/^W\/"[\w-]{27}"$/);
      expect(response.headers.get('cache-control')).toBe('public, max-age=0, must-revalidate');
    });

    it('are 304 without a read, for every way to name the tag', async () => {
      const tag = await tagOf('/data?page=2&limit=10');
      for (const named of [tag, tag.slice(2), `"other", ${tag}`, `W/"a,b",${tag},"c"`]) {
        const response = await get('/data?limit=10&page=2', {
          'If-None-Match': named,
          'X-Request-ID': 'mine',
        });
        expect(response.status).toBe(304);
        expect(response.headers.get('etag')).toBe(tag);
        expect(response.headers.get('cache-control')).toBe('public, max-age=0, must-revalidate');
        expect(response.headers.get('x-request-id')).toBe('mine');
        expect(await response.text()).toBe('');
      }
      expect(store.reads).toBe(1);
    });

    it('are 304 for a tag given by another replica, which never read it here', async () => {
      const tag = await tagOf('/data');
      await framed.app.close();
      framed = await startFramedApp({
        controllers: [ReadController],
        providers: [{ provide: Store, useValue: store }],
        dataVersion: () => store.version,
      });
      expect((await get('/data', { 'If-None-Match': tag })).status).toBe(304);
      expect(store.reads).toBe(1);
    });

    it('are whole for another tag, another URL, other data, or an unknown version', async () => {
      const tag = await tagOf('/data');
      expect((await get('/data', { 'If-None-Match': '"other"' })).status).toBe(200);
      expect((await get('/data?page=2', { 'If-None-Match': tag })).status).toBe(200);
      store.version = '8';
      expect((await get('/data', { 'If-None-Match': tag })).status).toBe(200);
      store.version = null;
      const unknown = await get('/data', { 'If-None-Match': tag });
      expect(unknown.status).toBe(200);
      expect(unknown.headers.get('etag')).toBeNull();
    });

    it('to If-None-Match: * are 304 only for what can be answered', async () => {
      expect((await get('/data', { 'If-None-Match': '*' })).status).toBe(304);
      expect((await get('/coins/x', { 'If-None-Match': '*' })).status).toBe(404);
      expect((await get('/data?limit=0', { 'If-None-Match': '*' })).status).toBe(422);
    });

    it('are read once a version, each with its own request id', async () => {
      const first = await metadata(await get('/data?page=1&limit=5', { 'X-Request-ID': 'one' }));
      const second = await metadata(await get('/data?limit=5&page=1', { 'X-Request-ID': 'two' }));
      expect([first['request_id'], second['request_id']]).toEqual(['one', 'two']);
      expect(store.reads).toBe(1);
      store.version = '8';
      await get('/data?limit=5&page=1');
      expect(store.reads).toBe(2);
    });

    it('to the same question at the same time are one read', async () => {
      const release = store.hold();
      const waiting = ['a', 'b', 'c'].map((id) => get('/data', { 'X-Request-ID': id }));
      await arrivals(waiting.length);
      release();
      const answered = await Promise.all((await Promise.all(waiting)).map(metadata));
      expect(answered.map((own) => own['request_id'])).toEqual(['a', 'b', 'c']);
      expect(store.reads).toBe(1);
    });

    it('are read again when the data changed during the read', async () => {
      const release = store.hold();
      const old = get('/data');
      await arrivals(1);
      store.version = '8';
      release();
      const oldTag = (await old).headers.get('etag') ?? '';
      expect((await get('/data', { 'If-None-Match': oldTag })).status).toBe(200);
      expect(store.reads).toBe(2);
    });

    it('answer HEAD like GET, without the body', async () => {
      const tag = await tagOf('/data');
      const head = await get('/data', {}, 'HEAD');
      expect(head.status).toBe(200);
      expect(head.headers.get('etag')).toBe(tag);
      expect(Number(head.headers.get('content-length'))).toBeGreaterThan(ROWS.length);
      expect(await head.text()).toBe('');
      expect((await get('/data', { 'If-None-Match': tag }, 'HEAD')).status).toBe(304);
      expect(store.reads).toBe(1);
    });

    it('that are errors are not kept, and have no tag', async () => {
      for (const reads of [1, 2]) {
        const response = await get('/coins/x');
        expect(response.status).toBe(404);
        expect(response.headers.get('etag')).toBeNull();
        expect(store.reads).toBe(reads);
      }
    });

    it('may be plain objects', async () => {
      expect(await (await get('/summary')).text()).toBe(`{"total":${ROWS}}`);
      await get('/summary');
      expect(store.reads).toBe(1);
    });
  });

  describe('while the database is away', () => {
    it('are what is there, saying how old it is', async () => {
      await get('/data');
      Object.assign(store, { version: null, away: true });
      const response = await get('/data', { 'X-Request-ID': 'late' });
      expect(response.headers.get('age')).toMatch(/^\d+$/);
      expect(response.headers.get('warning')).toBe('110 - "Response is Stale"');
      expect(response.headers.get('etag')).toBeNull();
      expect(response.headers.get('cache-control')).toBe('no-store');
      const own = await metadata(response);
      expect(own).toMatchObject({ request_id: 'late', stale_seconds: expect.any(Number) });
    });

    it('are also what was read under an unknown version', async () => {
      store.version = null;
      await get('/data');
      store.away = true;
      expect((await get('/data')).headers.get('age')).toMatch(/^\d+$/);
      expect(store.reads).toBe(2);
    });

    it('are 503 where nothing is there, and recover by themselves', async () => {
      Object.assign(store, { version: null, away: true });
      const response = await get('/data');
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
      Object.assign(store, { version: '8', away: false });
      const back = await get('/data');
      expect(back.headers.get('warning')).toBeNull();
      expect(await metadata(back)).not.toHaveProperty('stale_seconds');
    });
  });

  /** Until so many requests have come as far as the frame's interceptor. */
  function arrivals(count: number): Promise<void> {
    const interceptor = framed.app.get(AnswerInterceptor);
    const original = interceptor.intercept.bind(interceptor);
    let seen = 0;
    return new Promise((resolve) => {
      interceptor.intercept = (context, next) => {
        const answer = original(context, next);
        seen += 1;
        if (seen === count) resolve();
        return answer;
      };
    });
  }
});
