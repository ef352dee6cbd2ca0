import type { Server } from 'node:http';
import { Controller, Get, Module, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Response } from 'express';
import { answerBytes, JSON_TYPE, listening } from './listen.js';

/* Nest with one route that sends bytes from memory: nothing of what Mintmark has around its answers. */

const bytes = answerBytes();

@Controller()
class DataController {
  @Get('data')
  data(@Res() response: Response): void {
    response.writeHead(200, { 'Content-Type': JSON_TYPE, 'Content-Length': bytes.length });
    response.end(bytes);
  }
}

@Module({ controllers: [DataController] })
class BareModule {}

void NestFactory.create(BareModule, { logger: false }).then(async (app) => {
  await app.listen(0, '127.0.0.1');
  const server: Server = app.getHttpServer();
  listening(server);
});
