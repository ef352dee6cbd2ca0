import { createServer } from 'node:http';
import { answerBytes, JSON_TYPE, listen } from './listen.js';

/* What Node can do at all: bytes from memory, and nothing else. */

const bytes = answerBytes();

listen(
  createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': JSON_TYPE, 'Content-Length': bytes.length });
    response.end(bytes);
  }),
);
