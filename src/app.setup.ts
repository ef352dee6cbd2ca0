import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import { AnswerInterceptor } from './common/answer.interceptor.js';
import { ClientLimit } from './common/client-limit.js';
import { ConnectionDrain } from './common/connection-drain.js';
import { CrossOrigin } from './common/cross-origin.js';
import { Exchanges } from './common/exchanges.js';
import { FrontCache } from './common/front-cache.js';
import { answerMalformedRequests, refuseMalformed } from './common/malformed-request.js';
import { openApiDocument } from './common/openapi.js';
import { ProblemFilter } from './common/problem.filter.js';
import { ProgramVersion } from './common/program-version.js';
import { requestIdMiddleware, requestIsOver } from './common/request-id.middleware.js';
import { BODY_BYTES, limitRequestSize, limitRequestTime } from './common/request-limits.js';
import { securityHeaders } from './common/security-headers.js';
import { ParametersPipe } from './common/validation.pipe.js';

/**
 * The frame around every route, the same for `main.ts` and the end-to-end tests. Call it before `init` or
 * `listen`, on an app created with `bodyParser: false` that has the CommonModule.
 */
export function configureApp(app: NestExpressApplication): NestExpressApplication {
  app.disable('x-powered-by');
  // Tags are made of the data's version; Express would hash each body, request id and all.
  app.disable('etag');
  // Nested queries (`a[b]=1`) stay plain names, and so are refused like every unknown one.
  app.set('query parser', 'simple');
  const limit = app.get(ClientLimit);
  app.set('trust proxy', limit.trustedProxies);

  app.use(requestIdMiddleware);
  app.use(app.get(ConnectionDrain).middleware);
  app.use(securityHeaders);
  const { options } = app.get(CrossOrigin);
  if (options) app.enableCors(options);
  app.use(['/docs', '/docs-json'], limit.middleware);
  app.use(refuseMalformed);
  app.use(limitRequestSize);
  app.useBodyParser('json', { limit: BODY_BYTES });

  app.useGlobalFilters(new ProblemFilter(limit));
  app.useGlobalPipes(new ParametersPipe());
  app.useGlobalInterceptors(app.get(AnswerInterceptor));

  const { value: version } = app.get(ProgramVersion);
  SwaggerModule.setup('docs', app, () => openApiDocument(app, version), {
    raw: ['json'],
    customSiteTitle: 'Mintmark API',
  });
  const server: Server = app.getHttpServer();
  const exchanges = app.get(Exchanges);
  exchanges.onEnd(({ req }) => requestIsOver(req));
  app.get(FrontCache).standBefore(server, exchanges);
  answerMalformedRequests(server, exchanges);
  limitRequestTime(server);
  return app;
}
