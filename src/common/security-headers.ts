import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { HelmetOptions } from 'helmet';
import { LearntHeaders } from './learnt-headers.js';

const COMMON = {
  // Whoever ends TLS in front of Mintmark decides on HSTS and upgrades: it is often reached by plain HTTP inside.
  strictTransportSecurity: false,
  // For plug-ins and browsers that are gone, and links, of which no answer has any.
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} as const;

/** An API answer is nothing to run, show or frame. */
const forAnswers = headersOf({
  ...COMMON,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
});

/** Swagger UI: its own scripts, no inline ones; its page has an inline style sheet and data: icons. */
const forDocs = headersOf({
  ...COMMON,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
});

export const securityHeaders: RequestHandler = (req, res, next) => {
  const docs = req.path === '/docs' || req.path.startsWith('/docs/');
  for (const [name, value] of docs ? forDocs : forAnswers) res.setHeader(name, value);
  next();
};

/** In lower case. */
export const SECURITY_NAMES = forAnswers.map(([name]) => name.toLowerCase());

/** For an answer that only says that another one holds: that one came with them. */
export function withoutSecurityHeaders(res: ServerResponse): void {
  for (const name of SECURITY_NAMES) res.removeHeader(name);
}

/** Helmet's headers depend on no request: its dozen functions are asked once, not for each. */
function headersOf(options: HelmetOptions): readonly (readonly [name: string, value: string])[] {
  const req = new IncomingMessage(new Socket());
  const res = new ServerResponse(req);
  helmet(options)(req, res, (error?: unknown) => {
    if (error !== undefined) throw new Error('helmet refuses its options', { cause: error });
  });
  return LearntHeaders.of(res).pairs();
}
