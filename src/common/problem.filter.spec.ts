import { createConnection } from 'node:net';
import {
  Body,
  ConflictException,
  Controller,
  ForbiddenException,
  Get,
  Logger,
  NotFoundException,
  Param,
  Post,
  Req,
  Res,
  ServiceUnavailableException,
  UseGuards,
} from '@nestjs/common';
import type { CanActivate } from '@nestjs/common';
import { IsString } from 'class-validator';
import type { Request, Response } from 'express';
import { startFramedApp } from '../../test/support/framed-app.js';
import type { FramedApp } from '../../test/support/framed-app.js';
import { ServiceUnavailable } from './problem.js';

class Refusing implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException('not for you');
  }
}

class Note {
  @IsString()
  text!: string;
}

@Controller()
class FailingController {
  @Get('things/:id')
  thing(@Param('id') id: string): never {
    throw new NotFoundException(`There is no thing ${id}.`);
  }

  @Get('conflict')
  conflict(): never {
    throw new ConflictException('A run is going on.');
  }

  @Get('guarded')
  @UseGuards(Refusing)
  guarded(): string {
    return 'never';
  }

  @Get('bug')
  bug(): never {
    throw new Error('password=hunter2 at 10.0.0.7');
  }

  @Get('thrown-text')
  thrownText(): never {
    const notAnError: unknown = 'hunter2';
    throw notAnError;
  }

  @Get('away')
  away(): never {
    const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' });
    throw new Error('could not read the coins', { cause: refused });
  }

  @Get('busy')
  busy(): never {
    throw new ServiceUnavailable('Come back later.', 17);
  }

  @Get('probe')
  probe(): never {
    throw new ServiceUnavailableException({
      status: 'error',
      info: {},
      error: { database: { status: 'down', message: 'connect ECONNREFUSED 10.0.0.7:5432' } },
      details: { database: { status: 'down', message: 'connect ECONNREFUSED 10.0.0.7:5432' } },
    });
  }

  @Get('begun')
  begun(@Req() _req: Request, @Res() res: Response): never {
    // In chunks: without a length only the connection tells a whole answer from a part of it.
    res.writeHead(200);
    res.write('half an answer');
    throw new Error('half way');
  }

  @Post('notes')
  note(@Body() note: Note): Note {
    return note;
  }
}

interface Sent {
  method?: string;
  body?: string;
  headers?: Record<string, string>;
}

interface Answered {
  status: number;
  headers: Headers;
  problem: Record<string, unknown>;
}

describe('every error is a problem', () => {
  let framed: FramedApp;
  const logged = jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
  const warned = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);

  beforeAll(async () => {
    framed = await startFramedApp({ controllers: [FailingController] });
  });

  afterAll(async () => {
    await framed.app.close();
    jest.restoreAllMocks();
  });

  beforeEach(() => {
    logged.mockClear();
    warned.mockClear();
  });

  async function ask(path: string, init: Sent = {}): Promise<Answered> {
    const response = await fetch(framed.url + path, {
      ...init,
      headers: { 'X-Request-ID': 'asked-1', ...init.headers },
    });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('x-request-id')).toBe('asked-1');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-powered-by')).toBeNull();
    const problem = (await response.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({
      type: expect.any(String),
      title: expect.any(String),
      detail: expect.any(String),
      status: response.status,
      request_id: 'asked-1',
      // Broken percent-encoding is mended: a URI must be one.
      instance: path.split('?')[0]?.replace(/%A$/, '%25A'),
    });
    return { status: response.status, headers: response.headers, problem };
  }

  const json = { 'Content-Type': 'application/json' };

  it.each([
    ['an unknown path', '/nothing?secret=1', {}, 404, 'There is nothing at /nothing.'],
    ['a thing that is not there', '/things/x', {}, 404, 'There is no thing x.'],
    ['a conflict', '/conflict', {}, 409, 'A run is going on.'],
    ['a guard', '/guarded', {}, 403, 'not for you'],
    ['a path that is no text', '/things/%E0%A4%A', {}, 400, 'The path holds a broken percent-encoding.'],
    [
      'a body that is no JSON',
      '/notes',
      { method: 'POST', body: '{"text":', headers: json },
      400,
      'The body is not valid JSON.',
    ],
    [
      'a body too large',
      '/notes',
      { method: 'POST', body: JSON.stringify({ text: 'x'.repeat(120_000) }), headers: json },
      413,
      'The body is larger than 102400 bytes.',
    ],
    [
      'a charset nobody knows',
      '/notes',
      { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json; charset=klingon' } },
      415,
      'Unsupported charset "KLINGON".',
    ],
    [
      'an encoding nobody knows',
      '/notes',
      { method: 'POST', body: '{}', headers: { ...json, 'Content-Encoding': 'rot13' } },
      415,
      'Unsupported content encoding "rot13".',
    ],
  ])('%s', async (_what, path, init: Sent, status, detail) => {
    const answered = await ask(path, init);
    expect(answered.status).toBe(status);
    expect(answered.problem).toMatchObject({ type: 'about:blank', detail });
    expect(logged).not.toHaveBeenCalled();
  });

  it('names the methods a path answers', async () => {
    const { status, headers, problem } = await ask('/conflict?x=1', { method: 'DELETE' });
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('GET, HEAD');
    expect(problem['detail']).toBe('/conflict does not answer DELETE, only GET, HEAD.');
  });

  it.each([
    ['/bug', 'password=hunter2 at 10.0.0.7'],
    ['/thrown-text', 'hunter2'],
  ])('shows nothing of its insides, and logs them: %s', async (path, secret) => {
    const { status, problem } = await ask(path);
    expect(status).toBe(500);
    expect(JSON.stringify(problem)).not.toContain('hunter2');
    const error: unknown = logged.mock.calls[0]?.[0];
    expect(error).toBeInstanceOf(Error);
    expect(error instanceof Error && (error.cause ?? error.message)).toBe(secret);
  });

  it('says that the database is away, wherever in the causes it is, and when to ask again', async () => {
    const { status, headers, problem } = await ask('/away');
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('5');
    expect(problem['type']).toBe('/problems/service-unavailable');
    expect(JSON.stringify(problem)).not.toContain('10.0.0.7');
    expect(warned).toHaveBeenCalledTimes(1);
    expect(logged).not.toHaveBeenCalled();
  });

  it('keeps a Retry-After of its own', async () => {
    expect((await ask('/busy')).headers.get('retry-after')).toBe('17');
  });

  it('names the failing checks of Terminus, without their messages', async () => {
    const { status, problem } = await ask('/probe');
    expect(status).toBe(503);
    expect(problem['detail']).toBe('Failing checks: database.');
    expect(JSON.stringify(problem)).not.toContain('10.0.0.7');
  });

  it('answers HEAD with the status and no body', async () => {
    const response = await fetch(`${framed.url}/nothing`, { method: 'HEAD' });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(100);
    expect(await response.text()).toBe('');
  });

  it('cuts off an answer that has begun', async () => {
    await expect(fetch(`${framed.url}/begun`).then((response) => response.text())).rejects.toThrow();
    expect(logged).toHaveBeenCalledTimes(1);
  });

  it('answers what is no HTTP at all', async () => {
    const { hostname, port } = new URL(framed.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = createConnection(Number(port), hostname, () => socket.write('NOT HTTP\r\n\r\n'));
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      socket.on('end', () => resolve(text)).on('error', reject);
    });
    const [head, body] = answer.split('\r\n\r\n');
    expect(head).toContain('HTTP/1.1 400 Bad Request');
    expect(head).toContain('Content-Type: application/problem+json');
    expect(JSON.parse(body ?? '')).toMatchObject({ status: 400, type: 'about:blank' });
  });
});

describe('the request id', () => {
  let framed: FramedApp;

  beforeAll(async () => {
    framed = await startFramedApp({ controllers: [FailingController] });
  });

  afterAll(() => framed.app.close());

  async function idFor(given: string): Promise<string | null> {
    const response = await fetch(`${framed.url}/conflict`, { headers: { 'X-Request-ID': given } });
    return response.headers.get('x-request-id');
  }

  it.each(['a', 'A-1_b.c:d', 'x'.repeat(128)])('keeps %s', async (given) => {
    expect(await idFor(given)).toBe(given);
  });

  it.each(['', 'a b', 'x'.repeat(129), 'a,b', 'ä', '"quoted"'])('replaces %p', async (given) => {
    expect(await idFor(given)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
});
