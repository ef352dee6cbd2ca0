import type { Server } from 'node:http';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { answerBytes, listening } from './listen.js';

/* Nest with one route that returns 50 objects, as every tutorial does it: nothing of what Mintmark has around them. */

const answer: unknown = JSON.parse(answerBytes().toString());

@Controller()
class DataController {
  @Get('data')
  data(): unknown {
    return answer;
  }
}

@Module({ controllers: [DataController] })
class BareModule {}

void NestFactory.create(BareModule, { logger: false }).then(async (app) => {
  await app.listen(0, '127.0.0.1');
  const server: Server = app.getHttpServer();
  listening(server);
});
