import type { Settings } from '../config/settings.js';

/** What of an answer a page's script may see beside its body. */
const EXPOSED = [
  'Age',
  'ETag',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Server-Timing',
  'Warning',
  'X-Request-Id',
];
const DAY_SECONDS = 86_400;

/** Pages of the origins that the settings name may read in a browser, and do no more: deciding is for programs. */
export class CrossOrigin {
  private readonly origins: readonly string[];

  constructor(settings: Settings) {
    this.origins = settings.CORS_ORIGINS ?? [];
  }

  /** As `enableCors` takes them; null: nobody may. */
  get options(): object | null {
    if (this.origins.length === 0) return null;
    return {
      origin: this.origins.includes('*') ? '*' : [...this.origins],
      methods: ['GET', 'HEAD'],
      allowedHeaders: ['If-None-Match', 'X-Request-Id'],
      exposedHeaders: EXPOSED,
      maxAge: DAY_SECONDS,
    };
  }
}
