import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA, RouteParamtypes } from '@nestjs/common/internal';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { ParametersInvalid } from './problem.js';
import { unknownParameters } from './validation.pipe.js';

/**
 * Refuses the query of a route that asks for none, which no pipe ever sees. A route with a query DTO is left to
 * the pipe. It is an interceptor so that it comes after the guards: without a token the answer is 401.
 */
@Injectable()
export class UnknownQueryInterceptor implements NestInterceptor {
  private readonly known = new WeakMap<object, readonly string[] | 'all'>();

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const known = this.knownTo(context);
    if (known !== 'all') {
      const given = Object.keys(context.switchToHttp().getRequest<Request>().query);
      const unknown = given.filter((name) => !known.includes(name));
      if (unknown.length > 0) throw new ParametersInvalid(unknownParameters(unknown, known));
    }
    return next.handle();
  }

  private knownTo(context: ExecutionContext): readonly string[] | 'all' {
    const handler = context.getHandler();
    const found = this.known.get(handler) ?? declaredQuery(context.getClass(), handler.name);
    this.known.set(handler, found);
    return found;
  }
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
