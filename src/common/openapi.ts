import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import { problemResponse } from './api-answers.js';
import { UNLIMITED } from './client-limit.js';
import { ParameterError, Problem } from './problem.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const DESCRIPTION = [
  'One record per coin, from several sources, with where every number came from.',
  'Every answer carries `X-Request-ID`; one you send is kept.',
  'Every answer but those of `/`, `/health` and `/metrics` tells in `RateLimit` how many requests the client has left; then it is 429, with `Retry-After`.',
  'Reads carry an `ETag`; sent as `If-None-Match`, it is answered 304 while nothing has changed. While a source is being loaded, what is read may be up to a second behind its last page; what a run has brought is all shown once `/runs` says that it has ended.',
  'Every error is `application/problem+json` (RFC 9457), but for the 503 of `/health`, which says the same as its 200. A parameter that is wrong or unknown is refused with 422.',
].join('\n\n');

/** The API as it is routed, with the problems any operation may be answered with. */
export function openApiDocument(app: INestApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Mintmark')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'ADMIN_TOKEN',
      description: 'The admin token, `ADMIN_TOKEN`.',
    })
    .build();
  const document = SwaggerModule.createDocument(app, config, { extraModels: [Problem, ParameterError] });
  for (const [path, item] of Object.entries(document.paths))
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) completeResponses(operation, { path, readsBody: method !== 'get' });
    }
  return document;
}

const text = (description: string): { description: string; schema: { type: 'string' } } => ({
  description,
  schema: { type: 'string' },
});

const LIMIT_HEADERS = {
  RateLimit: text(
    'Requests left (`r`) and seconds until there are all again (`t`): `"client";r=59990;t=42`.',
  ),
  'RateLimit-Policy': text(
    'Requests (`q`) a client may make in so many seconds (`w`): `"client";q=60000;w=60`.',
  ),
};

/** A body is read before it is known whether anybody wants it. */
function completeResponses(
  operation: Operation,
  { path, readsBody }: { path: string; readsBody: boolean },
): void {
  const limited = !(UNLIMITED in operation);
  const problems = {
    ...(path.includes('{') && {
      400: 'The path’s percent-encoding is broken.',
      404: 'There is no such thing.',
    }),
    ...(readsBody && {
      400: 'The body is not valid JSON.',
      413: 'The body is too large.',
      415: 'The body is not JSON, or its encoding is not known.',
    }),
    422: 'A parameter is wrong or unknown; `errors` names each.',
    ...(limited && {
      429: 'This client has made its requests of the minute; `Retry-After` says when to go on.',
    }),
    500: 'Something went wrong here.',
    503: 'The database is away; `Retry-After` says when to ask again.',
  };
  for (const [status, description] of Object.entries(problems))
    operation.responses[status] ??= problemResponse(description);
  for (const response of Object.values(operation.responses)) {
    if (!response || '$ref' in response) continue;
    response.headers = {
      'X-Request-ID': text('The id of the request.'),
      ...(limited && LIMIT_HEADERS),
      ...response.headers,
    };
  }
}
