import type { ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA, RouteParamtypes } from '@nestjs/common/internal';
import type { Request } from 'express';
import { ParametersInvalid } from './problem.js';
import { unknownParameters } from './validation.pipe.js';

const knownTo = new WeakMap<object, readonly string[] | 'all'>();

/** Refuses the query of a route that asks for none, which no pipe ever sees. One with a query DTO has the pipe. */
export function refuseUnknownQuery(context: ExecutionContext): void {
  const handler = context.getHandler();
  const known = knownTo.get(handler) ?? declaredQuery(context.getClass(), handler.name);
  knownTo.set(handler, known);
  if (known === 'all') return;
  const given = Object.keys(context.switchToHttp().getRequest<Request>().query);
  const unknown = given.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new ParametersInvalid(unknownParameters(unknown, known));
}

/** The names in a handler's `@Query('name')`s; all, where it takes the whole `@Query()`. */
function declaredQuery(controller: object, method: string): readonly string[] | 'all' {
  const args: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method);
  const names: string[] = [];
  // Nest's keys are `<kind of parameter>:<index>`.
  const entries: [string, unknown][] = Object.entries(args ?? {});
  for (const [key, arg] of entries.sort(([a], [b]) => a.localeCompare(b))) {
    if (!key.startsWith(`${RouteParamtypes.QUERY}:`)) continue;
    const name: unknown = typeof arg === 'object' && arg !== null && 'data' in arg ? arg.data : undefined;
    if (typeof name !== 'string') return 'all';
    names.push(name);
  }
  return names;
}
