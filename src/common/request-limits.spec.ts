import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Body, Controller, Get, Post } from '@nestjs/common';
import { IsString } from 'class-validator';
import { startFramedApp } from '../../test/support/framed-app.js';
import type { FramedApp } from '../../test/support/framed-app.js';

class Note {
  @IsString()
  text!: string;
}

@Controller()
class NotesController {
  @Get('quick')
  quick(): object {
    return { quick: true };
  }

  @Post('notes')
  note(@Body() note: Note): Note {
    return note;
  }

  @Post('unread')
  unread(): object {
    return { read: false };
  }
}

const POST = 'POST /notes HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n';

describe('a client', () => {
  let framed: FramedApp;
  let server: Server;

  beforeAll(async () => {
    framed = await startFramedApp({ controllers: [NotesController] });
    server = framed.app.getHttpServer();
  });
  afterAll(() => framed.app.close());

  function open(): Socket {
    const { hostname, port } = new URL(framed.url);
    return connect(Number(port), hostname);
  }

  /** What the server said until it closed the connection, which it has to do by itself. */
  function closed(socket: Socket): Promise<string> {
    return new Promise((resolve) => {
      let text = '';
      socket.setEncoding('utf8').on('data', (part: string) => (text += part));
      // Its writes fail once the server has gone; the close that follows is what is waited for.
      socket.on('error', () => undefined).on('close', () => resolve(text));
    });
  }

  /** Sends a piece again and again, for as long as it is let. */
  function drip(socket: Socket, piece: string): void {
    const timer = setInterval(() => socket.write(piece), 25);
    socket.once('close', () => clearInterval(timer));
  }

  function problemOf(text: string): unknown {
    const [head, body] = text.split('\r\n\r\n');
    expect(head).toMatch(/^content-type: application\/problem\+json$/im);
    expect(head).toMatch(/^x-request-id: \S+$/im);
    return JSON.parse(body ?? '');
  }

  it('has seconds, not minutes', () => {
    expect(server.headersTimeout).toBeLessThanOrEqual(10_000);
    expect(server.requestTimeout).toBeLessThanOrEqual(20_000);
    expect(server.timeout).toBeGreaterThan(0);
    expect(server.timeout).toBeLessThanOrEqual(60_000);
  });

  it('may keep its connection for longer than load balancers do', async () => {
    const { headers } = await fetch(`${framed.url}/quick`);
    expect(Number(/^timeout=(\d+)$/.exec(headers.get('keep-alive') ?? '')?.[1])).toBeGreaterThan(60);
  });

  describe('that takes its time', () => {
    const { headersTimeout, requestTimeout } = { headersTimeout: 100, requestTimeout: 200 };

    beforeAll(() => Object.assign(server, { headersTimeout, requestTimeout }));

    it.each([
      ['says nothing', '', ''],
      ['stops in its headers', 'GET /quick HTTP/1.1\r\nHost: here\r\n', ''],
      ['drips its headers', 'GET /quick HTTP/1.1\r\nHost: here\r\n', 'X-A: b\r\n'],
      ['announces a body that never comes', `${POST}Content-Length: 100\r\n\r\n`, ''],
      ['drips its body', `${POST}Content-Length: 100000\r\n\r\n`, ' '],
      ['drips its body in chunks', `${POST}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
    ])('is told so and cut off when it %s', async (_what, begin, again) => {
      const socket = open();
      const said = closed(socket);
      socket.write(begin);
      if (again) drip(socket, again);
      expect(problemOf(await said)).toMatchObject({ status: 408 });
    });

    it('is cut off when it goes on sending what nobody reads', async () => {
      const socket = open();
      const said = closed(socket);
      socket.write('POST /unread HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n');
      drip(socket, '1\r\nx\r\n');
      await said;
    });

    it('is cut off though it does not close its own end', async () => {
      const { hostname, port } = new URL(framed.url);
      const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
      const said = closed(socket);
      socket.write('GET /quick HTTP/1.1\r\n');
      drip(socket, 'X-A: b\r\n');
      await said;
    });
  });

  describe('that sends too much', () => {
    it.each([
      ['large headers', `X-Long: ${'x'.repeat(20_000)}\r\n`],
      ['many headers', Array.from({ length: 150 }, (_, i) => `X-${i}: a\r\n`).join('')],
    ])('is refused: %s', async (_what, headers) => {
      const socket = open();
      const said = closed(socket);
      socket.write(`GET /quick HTTP/1.1\r\nHost: here\r\nConnection: close\r\n${headers}\r\n`);
      expect(problemOf(await said)).toMatchObject({
        status: 431,
        title: 'Request Header Fields Too Large',
      });
    });

    it('is refused before it has sent a body it announces too large', async () => {
      const socket = open();
      const said = closed(socket);
      socket.write(`${POST}Connection: close\r\nContent-Length: 10000000000\r\n\r\n`);
      expect(problemOf(await said)).toMatchObject({ status: 413 });
    });

    it('is refused with a body in chunks that turns out too large', async () => {
      const socket = open();
      const said = closed(socket);
      const chunk = `ffff\r\n${' '.repeat(65_535)}\r\n`;
      socket.write(`${POST}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`);
      expect(problemOf(await said)).toMatchObject({
        status: 413,
        detail: 'The body is larger than 102400 bytes.',
      });
    });
  });
});
