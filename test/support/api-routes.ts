import type { Express } from 'express';
import type { Service } from './service.js';

export interface Route {
  readonly method: string;
  /** With `{parameter}` for what changes. */
  readonly path: string;
}

/** What Express really routes, but for Swagger's own pages and for the middleware that Nest routes as `*`. */
export function routedOf({ app }: Service): Route[] {
  const express: Express = app.getHttpAdapter().getInstance();
  return express.router.stack.flatMap(({ route }) => {
    if (!route || /^\/docs\b|\*/.test(route.path)) return [];
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    return route.stack.map(({ method }) => ({ method: method.toUpperCase(), path }));
  });
}

export const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

/** The route as somebody asks it. */
export const exampleOf = ({ path }: Route): string => path.replace(/\{\w+\}/g, '1');
