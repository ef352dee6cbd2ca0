import { createServer } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express } from 'express';
import { answerBytes, JSON_TYPE, listen } from './listen.js';

/* Express with one route that sends bytes from memory. Nest's adapter is how we have Express: it makes a plain one. */

const bytes = answerBytes();
const app = new ExpressAdapter().getInstance<Express>();
app.get('/data', (_request, response) => {
  response.writeHead(200, { 'Content-Type': JSON_TYPE, 'Content-Length': bytes.length });
  response.end(bytes);
});
listen(createServer(app));
