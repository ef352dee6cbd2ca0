import type { Server } from 'node:http';
import { connect } from 'node:net';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { IsString } from 'class-validator';
import { startFramedApp } from '../../test/support/framed-app.js';
import type { FramedApp } from '../../test/support/framed-app.js';
import { AdminOnly } from './admin.guard.js';
import { CachedRead } from './answer.interceptor.js';
import { Answer } from './answer.js';
import { Unlimited } from './client-limit.js';
import { PagingQuery } from './paging.js';

class Note {
  @IsString()
  text!: string;
}

@Controller()
class LimitedController {
  reads = 0;

  @Get('data')
  @CachedRead()
  async data(@Query() query: PagingQuery): Promise<Answer> {
    this.reads += 1;
    return new Answer([query.page]);
  }

  @Get('coins/:id')
  coin(@Param('id') id: string): object {
    return { id };
  }

  @Post('notes')
  note(@Body() note: Note): Note {
    return note;
  }

  @Get('admin')
  @AdminOnly()
  admin(): object {
    return { admin: true };
  }
}

@Unlimited()
@Controller('health')
class UnlimitedController {
  @Get('live')
  live(): object {
    return { status: 'ok' };
  }
}

describe('a client that asks too often', () => {
  let framed: FramedApp;

  const start = async (environment: Record<string, string>): Promise<void> => {
    framed = await startFramedApp({
      controllers: [LimitedController, UnlimitedController],
      dataVersion: () => '7',
      environment,
    });
  };
  afterEach(() => framed.app.close());

  const ask = (path: string, init: RequestInit = {}): Promise<Response> => fetch(framed.url + path, init);
  const from = (address: string): Promise<Response> =>
    ask('/data', { headers: { 'X-Forwarded-For': address } });
  const left = (response: Response): number =>
    Number(/^"client";r=(\d+);t=\d+$/.exec(response.headers.get('ratelimit') ?? '')?.[1]);
  const statuses = async (asked: readonly (() => Promise<Response>)[]): Promise<number[]> => {
    const found: number[] = [];
    for (const one of asked) found.push((await one()).status);
    return found;
  };

  it('hears how much is left, then when to come back', async () => {
    await start({ API_RATE_LIMIT: '2' });
    const first = await ask('/data');
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit-policy')).toBe('"client";q=2;w=60');
    expect(first.headers.get('retry-after')).toBeNull();
    expect([left(first), left(await ask('/data'))]).toEqual([1, 0]);

    const refused = await ask('/data');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.headers.get('cache-control')).toBe('no-store');
    expect(refused.headers.get('etag')).toBeNull();
    expect(left(refused)).toBe(0);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(await refused.json()).toEqual({
      type: '/problems/too-many-requests',
      title: 'Too many requests',
      status: 429,
      detail: expect.stringMatching(/Wait \d+ s, .*RateLimit/),
      instance: '/data',
      request_id: refused.headers.get('x-request-id'),
    });
  });

  it('is counted whatever the answer: from the cache, unchanged, refused, not found, not read', async () => {
    await start({ API_RATE_LIMIT: '100' });
    const JSON_TYPE = { 'Content-Type': 'application/json' };
    const asked: [number, string, RequestInit?][] = [
      [200, '/data'],
      [200, '/data'],
      [304, '/data', { headers: { 'If-None-Match': '*' } }],
      [200, '/data', { method: 'HEAD' }],
      [422, '/data?colour=red'],
      [401, '/admin'],
      [404, '/nothing'],
      [405, '/data', { method: 'DELETE' }],
      [400, '/coins/%E0%A4%A'],
      [400, '/notes', { method: 'POST', headers: JSON_TYPE, body: '{' }],
      [413, '/notes', { method: 'POST', headers: JSON_TYPE, body: `"${'x'.repeat(200_000)}"` }],
      [201, '/notes', { method: 'POST', headers: JSON_TYPE, body: '{"text":"a"}' }],
      [200, '/docs'],
      [200, '/docs-json'],
    ];
    let expected = 100;
    for (const [status, path, init] of asked) {
      const response = await ask(path, init);
      await response.arrayBuffer();
      expected -= 1;
      expect([path, response.status, left(response)]).toEqual([path, status, expected]);
    }
    expect(framed.app.get(LimitedController).reads).toBe(1);
  });

  it('gets nothing more, whatever it asks for, but the probes', async () => {
    await start({ API_RATE_LIMIT: '1' });
    await ask('/data');
    const paths = [
      '/data',
      '/data?colour=red',
      '/admin',
      '/nothing',
      '/coins/%E0%A4%A',
      '/docs',
      '/docs-json',
    ];
    expect(await statuses(paths.map((path) => () => ask(path)))).toEqual(paths.map(() => 429));
    const live = await ask('/health/live');
    expect(live.status).toBe(200);
    expect(live.headers.get('ratelimit')).toBeNull();
    expect(live.headers.get('ratelimit-policy')).toBeNull();
  });

  it('is another one for nobody by what it says of itself', async () => {
    await start({ API_RATE_LIMIT: '3' });
    const spoofed: Record<string, string>[] = [
      { 'X-Forwarded-For': '203.0.113.1' },
      { 'X-Forwarded-For': '203.0.113.2, 203.0.113.3' },
      { Forwarded: 'for=203.0.113.4' },
      { 'X-Real-IP': '203.0.113.5', 'CF-Connecting-IP': '203.0.113.5', 'X-Client-IP': '203.0.113.5' },
    ];
    const asked = spoofed.map((headers) => () => ask('/data', { headers }));
    expect(await statuses(asked)).toEqual([200, 200, 200, 429]);
  });

  it('is told from others behind a proxy that is trusted, and only by what that proxy added', async () => {
    await start({ API_RATE_LIMIT: '1', TRUST_PROXY: '1' });
    const asked = ['203.0.113.1', '203.0.113.2', '203.0.113.1', '198.51.100.9, 203.0.113.2'];
    expect(await statuses(asked.map((address) => () => from(address)))).toEqual([200, 200, 429, 429]);
  });

  it('is told from others behind proxies that are trusted by their address', async () => {
    await start({ API_RATE_LIMIT: '1', TRUST_PROXY: 'loopback, 10.0.0.0/8' });
    const asked = ['203.0.113.1, 10.1.2.3', '203.0.113.2, 10.1.2.3', '198.51.100.9, 203.0.113.1, 10.9.9.9'];
    expect(await statuses(asked.map((address) => () => from(address)))).toEqual([200, 200, 429]);
  });

  it('is one client with all the addresses of its IPv6 network, and with its IPv4 address in IPv6', async () => {
    await start({ API_RATE_LIMIT: '1', TRUST_PROXY: '1' });
    const asked = [
      '2001:db8:1:2::1',
      '2001:db8:1:2:ffff::2',
      '2001:DB8:0001:0002:3:4:5:6',
      '2001:db8:1:3::1',
      '203.0.113.1',
      '::ffff:203.0.113.1',
    ];
    expect(await statuses(asked.map((address) => () => from(address)))).toEqual([
      200, 429, 429, 200, 200, 429,
    ]);
  });

  it('is its proxy where that says nothing that could be an address', async () => {
    await start({ API_RATE_LIMIT: '1', TRUST_PROXY: '1' });
    const asked = ['unknown', '"_hidden"', 'x'.repeat(5_000), '203.0.113.1:443'];
    expect(await statuses(asked.map((address) => () => from(address)))).toEqual([200, 429, 429, 429]);
  });

  it('is not counted when there is no limit', async () => {
    await start({ API_RATE_LIMIT: '0' });
    const response = await ask('/data');
    expect(response.headers.get('ratelimit')).toBeNull();
    expect((await ask('/nothing')).status).toBe(404);
    expect((await ask('/docs')).headers.get('ratelimit')).toBeNull();
  });

  it('finds in the documents what it may be answered with', async () => {
    await start({});
    const { paths } = (await (await ask('/docs-json')).json()) as {
      paths: Record<string, { get?: { responses: Record<string, { headers: object }> } }>;
    };
    const data = paths['/data']?.get?.responses ?? {};
    expect(Object.keys(data)).toContain('429');
    expect(Object.keys(data['429']?.headers ?? {})).toEqual(
      expect.arrayContaining(['RateLimit', 'RateLimit-Policy']),
    );
    const live = Object.entries(paths['/health/live']?.get?.responses ?? {});
    expect(live.length).toBeGreaterThan(2);
    for (const [status, { headers }] of live) {
      expect(status).not.toBe('429');
      expect(headers).not.toHaveProperty('RateLimit');
    }
  });

  it('may send many requests on one connection at once and is counted for each', async () => {
    await start({ API_RATE_LIMIT: '5' });
    const server: Server = framed.app.getHttpServer();
    const address = server.address();
    if (typeof address !== 'object' || !address) throw new Error('the app does not listen');
    const answered = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(address.port, '127.0.0.1', () => {
        const request = 'GET /data HTTP/1.1\r\nHost: here\r\n';
        socket.write(`${`${request}\r\n`.repeat(9)}${request}Connection: close\r\n\r\n`);
      });
      socket.setEncoding('utf8').on('data', (part: string) => (text += part));
      socket.on('error', reject).on('close', () => resolve(text));
    });
    const found = [...answered.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
    expect(found).toEqual([200, 200, 200, 200, 200, 429, 429, 429, 429, 429]);
  });
});
