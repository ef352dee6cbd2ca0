import type { RequestHandler } from 'express';
import helmet from 'helmet';

// Whoever ends TLS in front of Mintmark decides on HSTS and upgrades: it is often reached by plain HTTP inside.
const COMMON = { strictTransportSecurity: false } as const;

/** An API answer is nothing to run, show or frame. */
const forAnswers = helmet({
  ...COMMON,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
});

/** Swagger UI: its own scripts, no inline ones; its page has an inline style sheet and data: icons. */
const forDocs = helmet({
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
  (docs ? forDocs : forAnswers)(req, res, next);
};
