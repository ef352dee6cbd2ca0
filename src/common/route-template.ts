import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';

const templates = new Map<string, string>();

/** `/coins/{coin_id}` for `/coins/bitcoin`; `unmatched` where no route is, so that labels stay few. */
export function routeTemplate(req: IncomingMessage): string {
  const route: unknown = 'route' in req ? req.route : undefined;
  return isRoute(route) ? templateOf(route.path) : 'unmatched';
}

/** There are as many paths as routes. */
function templateOf(path: string): string {
  const known = templates.get(path);
  if (known !== undefined) return known;
  const template = path.replace(/:(\w+)/g, '{$1}');
  templates.set(path, template);
  return template;
}

/** Whether one of our routes was found. */
export function isRouted(req: Request): boolean {
  return isRoute(req.route);
}

interface Route {
  readonly path: string;
}

/** Nest routes a module's middleware as `*`: that everything passes there says nothing of what is there. */
function isRoute(route: unknown): route is Route {
  if (typeof route !== 'object' || route === null || !('path' in route)) return false;
  return typeof route.path === 'string' && !route.path.includes('*');
}

interface RouteLayer {
  readonly route: Route & { readonly methods: object };
  match(path: string): unknown;
}

function isRouteLayer(layer: object): layer is RouteLayer {
  if (!('route' in layer) || !isRoute(layer.route)) return false;
  if (!('methods' in layer.route) || typeof layer.route.methods !== 'object') return false;
  return 'match' in layer && typeof layer.match === 'function';
}

/** The methods this path has routes for; empty: there is nothing at this path. */
export function allowedMethods(req: Request): readonly string[] {
  const layers: readonly object[] = req.app.router.stack;
  const methods = new Set<string>();
  for (const layer of layers.filter(isRouteLayer)) {
    if (!layer.match(req.path)) continue;
    for (const method of Object.keys(layer.route.methods)) methods.add(method.toUpperCase());
  }
  // Express answers HEAD wherever it answers GET.
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}
