import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { startFramedApp } from '../../test/support/framed-app.js';
import type { FramedApp } from '../../test/support/framed-app.js';
import { AdminOnly } from './admin.guard.js';
import { CachedRead } from './answer.interceptor.js';
import { ApiAnswer, ApiProblem } from './api-answers.js';
import { PagingQuery } from './paging.js';

class Thing {
  @ApiProperty({ example: 'bolt' })
  @IsString()
  name!: string;
}

@Controller('things')
class ThingsController {
  @Get()
  @CachedRead()
  @ApiAnswer(Thing, { list: true, description: 'Things.' })
  list(@Query() query: PagingQuery): PagingQuery {
    return query;
  }

  @Get(':name')
  @ApiAnswer(Thing)
  @ApiProblem(404, 'There is no thing of this name.')
  one(@Param('name') name: string): Thing {
    return { name };
  }

  @Post()
  @AdminOnly()
  @ApiAnswer(Thing, { status: 201 })
  add(@Body() thing: Thing): Thing {
    return thing;
  }
}

describe('the documents', () => {
  let framed: FramedApp;
  type Json = Record<string, unknown>;
  let document: { info: Json; components: { schemas: Json }; paths: Record<string, Record<string, Json>> };

  beforeAll(async () => {
    framed = await startFramedApp({ controllers: [ThingsController] });
    const response = await fetch(`${framed.url}/docs-json`);
    document = (await response.json()) as typeof document;
  });

  afterAll(() => framed.app.close());

  const operation = (method: string, path: string): Json => document.paths[path]?.[method] ?? {};
  const statuses = (method: string, path: string): string[] =>
    Object.keys(operation(method, path)['responses'] ?? {});

  it('name the program and its version', () => {
    expect(document.info).toMatchObject({ title: 'Mintmark', version: '1.2.3' });
  });

  it('describe every problem an operation may answer with', () => {
    expect(statuses('get', '/things')).toEqual(['200', '304', '422', '429', '500', '503']);
    expect(statuses('get', '/things/{name}')).toEqual(['200', '400', '404', '422', '429', '500', '503']);
    expect(statuses('post', '/things')).toEqual([
      '201',
      '400',
      '401',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
    ]);
    expect(document.components.schemas).toHaveProperty('Problem');
    expect(operation('get', '/things/{name}')).toMatchObject({
      responses: {
        404: {
          description: 'There is no thing of this name.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    });
  });

  it('describe answers with their metadata', () => {
    const schemaOf = (path: string): unknown => operation('get', path)['responses'];
    const envelope = (data: object, metadata: string): object => ({
      200: {
        headers: { 'X-Request-ID': expect.anything() },
        content: {
          'application/json': {
            schema: { properties: { data, metadata: { $ref: `#/components/schemas/${metadata}` } } },
          },
        },
      },
    });
    const thing = { $ref: '#/components/schemas/Thing' };
    expect(schemaOf('/things')).toMatchObject(envelope({ type: 'array', items: thing }, 'PageMetadata'));
    expect(schemaOf('/things/{name}')).toMatchObject(envelope(thing, 'AnswerMetadata'));
  });

  it('describe every parameter, and who needs the token', () => {
    const parameters = operation('get', '/things')['parameters'] as { name: string; description: string }[];
    expect(parameters.map(({ name }) => name).sort()).toEqual([
      'If-None-Match',
      'limit',
      'page',
      'page_size',
    ]);
    expect(parameters.every(({ description }) => description.length > 5)).toBe(true);
    expect(operation('post', '/things')['security']).toEqual([{ bearer: [] }]);
    expect(operation('get', '/things')).not.toHaveProperty('security');
  });

  it('are shown by a page that its own content policy lets work', async () => {
    const page = await fetch(`${framed.url}/docs`);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("default-src 'none';");
    const html = await page.text();
    expect(html).toContain('<title>Mintmark API</title>');
    const scripts = [...html.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)];
    expect(scripts.length).toBeGreaterThanOrEqual(3);
    for (const [, attributes, inline] of scripts) {
      expect(inline?.trim()).toBe('');
      const source = /src=["']([^"']+)["']/.exec(attributes ?? '')?.[1] ?? '';
      const script = await fetch(new URL(source, `${framed.url}/docs`));
      expect(script.status).toBe(200);
      expect(script.headers.get('content-type')).toContain('javascript');
    }
    expect(html).not.toMatch(/\son\w+=|https?:\/\/(?!www\.w3\.org)/);
  });

  it('leave answers nothing to run', async () => {
    const response = await fetch(`${framed.url}/things`);
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-powered-by')).toBeNull();
  });
});
