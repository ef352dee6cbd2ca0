import { Agent, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { startFramedApp } from '../../test/support/framed-app.js';
import type { FramedApp } from '../../test/support/framed-app.js';
import { ConnectionDrain } from './connection-drain.js';

/** Handlers that wait until the test lets them go on. */
class Gate {
  private opened = (): void => undefined;
  private reached = (): void => undefined;
  readonly open = new Promise<void>((resolve) => (this.opened = resolve));
  readonly entered = new Promise<void>((resolve) => (this.reached = resolve));

  enter(): Promise<void> {
    this.reached();
    return this.open;
  }

  release(): void {
    this.opened();
  }
}

let gate = new Gate();

@Controller()
class SlowController {
  @Get('quick')
  quick(): object {
    return { quick: true };
  }

  @Get('slow')
  async slow(): Promise<object> {
    await gate.enter();
    return { slow: true };
  }

  @Get('streamed')
  async streamed(@Res() res: Response): Promise<void> {
    res.writeHead(200, { 'Content-Length': '8' });
    res.write('half');
    await gate.enter();
    res.end('half');
  }
}

describe('draining', () => {
  let framed: FramedApp;
  let agent: Agent;

  beforeEach(async () => {
    gate = new Gate();
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
    framed = await startFramedApp({ controllers: [SlowController] });
  });

  afterEach(async () => {
    agent.destroy();
    await framed.app.close();
  });

  /** Over the agent's one connection, kept alive. */
  function ask(path: string): Promise<{ response: IncomingMessage; body: string }> {
    return new Promise((resolve, reject) => {
      get(framed.url + path, { agent }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ response, body })).on('error', reject);
      }).on('error', reject);
    });
  }

  it('keeps connections before it begins', async () => {
    const { response } = await ask('/quick');
    expect(response.headers.connection).toBe('keep-alive');
    expect(framed.app.get(ConnectionDrain).draining).toBe(false);
  });

  it('ends idle connections, so that the server closes', async () => {
    await ask('/quick');
    await framed.app.close();
    await expect(ask('/quick')).rejects.toThrow();
  });

  it('lets an answer in the making finish, and says that the connection ends', async () => {
    const asked = ask('/slow');
    await gate.entered;
    framed.app.get(ConnectionDrain).begin();
    gate.release();
    const { response, body } = await asked;
    expect(body).toBe('{"slow":true}');
    expect(response.headers.connection).toBe('close');
  });

  it('ends the connection also of an answer whose headers are out', async () => {
    const server = framed.app.getHttpServer();
    // Nothing but the drain is to end it: neither Node's idle time limit nor the drain's last resort.
    server.keepAliveTimeout = 0;
    const closedIdle = jest.spyOn(server, 'closeIdleConnections');
    const lastResort = jest.spyOn(server, 'closeAllConnections');
    const asked = ask('/streamed');
    await gate.entered;
    const closed = framed.app.close();
    // Only after the drain has closed what was idle: this connection wasn't.
    while (closedIdle.mock.calls.length === 0) await setImmediate();
    gate.release();
    expect((await asked).body).toBe('halfhalf');
    await closed;
    expect(lastResort).not.toHaveBeenCalled();
  });

  it('tells a busy client, instead of cutting it off, when it asks again', async () => {
    await ask('/quick');
    const finished = framed.app.get(ConnectionDrain).finish();
    const { response } = await ask('/quick');
    expect(response.headers.connection).toBe('close');
    await finished;
  });

  it('cuts off what takes longer than it has', async () => {
    const asked = expect(ask('/slow')).rejects.toThrow('socket hang up');
    await gate.entered;
    const finished = framed.app.get(ConnectionDrain).finish(0);
    await asked;
    await finished;
    gate.release();
  });
});
