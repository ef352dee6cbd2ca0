import { isNativeError } from 'node:util/types';
import { Catch, Logger, NotFoundException, ServiceUnavailableException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { ClientLimit } from './client-limit.js';
import { isOutage, problemOfError, titleOf } from './problem-of-error.js';
import { ProblemException } from './problem.js';
import type { Problem, ProblemContent } from './problem.js';
import { requestId } from './request-id.middleware.js';
import { allowedMethods, isRouted } from './route-template.js';

const logger = new Logger('Problem');

/** Answers every error there is, whoever threw it: handlers, guards, pipes, Express, its router, its parsers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly limit: ClientLimit) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const req = http.getRequest<Request>();
    const res = http.getResponse<Response>();
    // What found no route passed no guard, and is counted now: a client isn't free to ask for nothing.
    const refusal = isRouted(req) ? null : this.limit.refusalOf(req, res);
    sendProblem(refusal ?? error, req, res);
  }
}

/** Writes the problem an error is; an answer that has begun can only be cut off, so that it isn't taken for whole. */
export function sendProblem(error: unknown, req: Request, res: Response): void {
  const content = contentFor(error, req);
  log(error, content, req);
  if (res.headersSent) {
    if (!res.writableEnded) res.destroy();
    return;
  }
  const body = Buffer.from(JSON.stringify(problem(content, req)));
  // What the failed answer has set describes another body.
  for (const name of ['Content-Encoding', 'ETag', 'Last-Modified', 'Age', 'Warning']) res.removeHeader(name);
  res.statusCode = content.status;
  res.setHeader('Content-Type', 'application/problem+json');
  res.setHeader('Content-Length', body.length);
  res.setHeader('Cache-Control', 'no-store');
  for (const [name, value] of Object.entries(content.headers ?? {})) res.setHeader(name, value);
  res.end(body);
}

function contentFor(error: unknown, req: Request): ProblemContent {
  // A route that was found throws its own 404s; without one it is Nest's, which repeats the query.
  if (!(error instanceof NotFoundException) || isRouted(req)) return problemOfError(error);
  const allowed = allowedMethods(req);
  if (allowed.length === 0) return { status: 404, detail: `There is nothing at ${req.path}.` };
  return {
    status: 405,
    detail: `${req.path} does not answer ${req.method}, only ${allowed.join(', ')}.`,
    headers: { Allow: allowed.join(', ') },
  };
}

function problem(content: ProblemContent, req: Request): Problem {
  const path = req.originalUrl.split('?', 1)[0] ?? '/';
  return {
    type: content.slug ? `/problems/${content.slug}` : 'about:blank',
    title: content.title ?? titleOf(content.status),
    status: content.status,
    detail: content.detail,
    instance: asUriReference(path),
    request_id: requestId(req),
    ...(content.errors && { errors: content.errors }),
  };
}

/** A client may ask for what no URI can be; said back, it's percent-encoded. */
function asUriReference(path: string): string {
  return path.replace(/%(?![\da-f]{2})|[^\w\-.~!$&'()*+,;=:@/%]/gi, encodeURIComponent);
}

function log(error: unknown, { status, detail }: ProblemContent, req: Request): void {
  if (status < 500) return;
  // An outage is one event, not a stack per request; a deliberate 5xx was said by whoever threw it, a probe's by its checks.
  const isProbes = error instanceof ServiceUnavailableException;
  if (isOutage(error) || error instanceof ProblemException || isProbes) {
    const reason = isProbes ? detail : isNativeError(error) ? error.message : '';
    logger.warn(`${req.method} ${req.path} answered ${status}: ${reason} (request ${requestId(req)})`);
    return;
  }
  logger.error(
    isNativeError(error) ? error : new Error('something was thrown that is no error', { cause: error }),
  );
}
