import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsIn, IsOptional, IsString, ValidateNested } from 'class-validator';
import { startFramedApp } from '../../test/support/framed-app.js';
import type { FramedApp } from '../../test/support/framed-app.js';
import { AdminOnly } from './admin.guard.js';
import { pageMetadata, PagingQuery, pagingOf } from './paging.js';
import type { ParameterError } from './problem.js';

class ListQuery extends PagingQuery {
  @IsOptional()
  @IsString()
  q?: string;

  @IsOptional()
  @IsIn(['asc', 'desc'])
  order?: string;
}

class Inner {
  @IsString()
  name!: string;
}

class Outer {
  @ValidateNested()
  @Type(() => Inner)
  inner!: Inner;
}

@Controller()
class ParametersController {
  @Get('list')
  list(@Query() query: ListQuery): object {
    return { ...pagingOf(query), ...pageMetadata(pagingOf(query), 1043), q: query.q ?? null };
  }

  @Get('plain')
  plain(): object {
    return { plain: true };
  }

  @Get('compare')
  compare(@Query('a') a: string, @Query('b') b: string): object {
    return { a, b };
  }

  @Get('coins/:coin_id')
  coin(@Param('coin_id') coinId: string): object {
    return { coinId };
  }

  @Post('outer')
  outer(@Body() outer: Outer): object {
    return outer;
  }

  @Get('admin')
  @AdminOnly()
  admin(): object {
    return { admin: true };
  }
}

let framed: FramedApp;

beforeAll(async () => {
  framed = await startFramedApp({ controllers: [ParametersController] });
});

afterAll(() => framed.app.close());

async function refused(path: string, init: RequestInit = {}): Promise<ParameterError[]> {
  const response = await fetch(framed.url + path, init);
  const problem = (await response.json()) as { type: string; detail: string; errors: ParameterError[] };
  expect({ status: response.status, type: problem.type }).toEqual({
    status: 422,
    type: '/problems/invalid-parameters',
  });
  expect(problem.detail).toBe(problem.errors.map(({ message }) => message).join('; '));
  return problem.errors;
}

async function accepted(path: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(framed.url + path, init);
  expect(response.status).toBeLessThan(300);
  return response.json();
}

describe('paging', () => {
  it.each([
    ['/list', { page: 1, limit: 50, offset: 0, total_pages: 21 }],
    ['/list?limit=10', { page: 1, limit: 10, offset: 0, total_pages: 105 }],
    ['/list?page=3&page_size=20', { page: 3, limit: 20, offset: 40, total_pages: 53 }],
    ['/list?limit=20&page_size=20', { page: 1, limit: 20, offset: 0, total_pages: 53 }],
    ['/list?page=1000000&limit=100', { page: 1_000_000, limit: 100, offset: 99_999_900, total_pages: 11 }],
  ])('%s', async (path, paging) => {
    expect(await accepted(path)).toMatchObject({ ...paging, total_count: 1043 });
  });

  it.each([
    '0',
    '-1',
    '101',
    '1e1',
    '0x10',
    '%205',
    '5%20',
    '5.0',
    '',
    '+5',
    '٣',
    'ten',
    'NaN',
    '99999999999999999999',
  ])('refuses limit=%s', async (limit) => {
    const errors = await refused(`/list?limit=${limit}`);
    expect(errors).toEqual([{ parameter: 'limit', message: 'limit must be a whole number from 1 to 100' }]);
  });

  it('refuses a page beyond what can be counted', async () => {
    const errors = await refused('/list?page=1000001');
    expect(errors).toEqual([{ parameter: 'page', message: 'page must be a whole number from 1 to 1000000' }]);
  });

  it('refuses limit and page_size that disagree', async () => {
    const errors = await refused('/list?limit=10&page_size=20');
    expect(errors).toEqual([
      { parameter: 'page_size', message: 'page_size is another name of limit; give one of them' },
    ]);
  });
});

describe('parameters that are not there', () => {
  it.each(['/list?limits=1', '/plain?limits=1', '/compare?a=1&limits=1', '/coins/bitcoin?limits=1'])(
    'are refused: %s',
    async (path) => {
      expect((await refused(path)).map(({ parameter }) => parameter)).toEqual(['limits']);
    },
  );

  it('are answered with those that are', async () => {
    const [error] = await refused('/list?limits=1');
    expect(error?.message).toBe('limits is not a parameter; known are q, order, page, limit, page_size');
    const [other] = await refused('/compare?c=1');
    expect(other?.message).toBe('c is not a parameter; known are a, b');
  });

  it.each([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'prototype',
    'then',
    'a[b]',
    'limit[]',
    '',
  ])('are refused whatever they are called: %p', async (name) => {
    for (const path of ['/list', '/plain', '/compare']) {
      const errors = await refused(`${path}?${encodeURIComponent(name)}=1`);
      expect(errors.map(({ parameter }) => parameter)).toEqual([name]);
    }
  });

  it('are all named at once, with those that are wrong', async () => {
    const errors = await refused('/list?limit=0&page=0&order=up&limits=1&q=a&q=b');
    expect(errors.map(({ parameter }) => parameter).sort()).toEqual([
      'limit',
      'limits',
      'order',
      'page',
      'q',
    ]);
  });
});

describe('texts', () => {
  it.each([
    ['/list?limit=1&limit=2', 'limit'],
    ['/list?q=a&q=a', 'q'],
    ['/compare?a=1&a=2', 'a'],
  ])('given twice are refused: %s', async (path, parameter) => {
    expect(await refused(path)).toEqual([{ parameter, message: `${parameter} must be given once` }]);
  });

  it.each([
    ['/list?q=a%00b', 'q'],
    ['/compare?a=%00', 'a'],
    ['/coins/bit%00coin', 'coin_id'],
  ])('with what PostgreSQL cannot take are refused: %s', async (path, parameter) => {
    expect((await refused(path)).map((error) => error.parameter)).toEqual([parameter]);
  });

  it.each(['%FF%FE', '%ZZ', '%F0%9F%98%80', '%27%3B--'])('are otherwise free: %s', async (q) => {
    expect(await accepted(`/list?q=${q}`)).toHaveProperty('q', expect.any(String));
  });
});

describe('bodies', () => {
  const post = (body: unknown): RequestInit => ({
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

  it('are read into their DTO', async () => {
    expect(await accepted('/outer', post({ inner: { name: 'n' } }))).toEqual({ inner: { name: 'n' } });
  });

  it.each([
    [{ inner: { name: 1 } }, 'inner.name'],
    [{ inner: { name: 'n', more: 1 } }, 'inner.more'],
    [{ inner: { name: 'n' }, more: 1 }, 'more'],
    ['{"inner":{"name":"n"},"__proto__":{"admin":true}}', '__proto__'],
  ])('name the field that is wrong: %j', async (body, parameter) => {
    expect((await refused('/outer', post(body))).map((error) => error.parameter)).toEqual([parameter]);
  });
});

describe('the admin token', () => {
  const ask = (authorization?: string, query = ''): Promise<Response> =>
    fetch(`${framed.url}/admin${query}`, authorization ? { headers: { Authorization: authorization } } : {});

  it.each(['Bearer correct-horse', 'bearer correct-horse', 'Bearer   correct-horse'])(
    'opens: %s',
    async (given) => {
      const response = await ask(given);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ admin: true });
    },
  );

  it.each([
    undefined,
    'Bearer wrong',
    'Bearer correct-horse2',
    'Bearer correct-hors',
    'Bearer',
    'Basic correct-horse',
    'correct-horse',
    'Bearer Correct-Horse',
  ])('stays shut: %s', async (given) => {
    // What it knows is none of a stranger's business either: not 422.
    const response = await ask(given, '?limits=1');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ type: '/problems/admin-token-needed', status: 401 });
  });
});
