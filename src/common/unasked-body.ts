import type { ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA, RouteParamtypes } from '@nestjs/common/internal';
import type { Request } from 'express';
import { ParametersInvalid, ProblemException } from './problem.js';
import { declaredBy } from './validation.pipe.js';

const BODY = String(RouteParamtypes.BODY);
const QUERY = String(RouteParamtypes.QUERY);

/**
 * Refuses a body where the route reads none: whoever wrote `{"source": "csv"}` meant less than all sources. And one that
 * was not read where the route needs it.
 */
export function refuseUnaskedBody(context: ExecutionContext): void {
  const request = context.switchToHttp().getRequest<Request>();
  if (!hasBody(request)) return;
  const args = routeArguments(context.getClass(), context.getHandler().name);
  if (!args.some(({ kind }) => kind === BODY)) throw new ParametersInvalid([refusal(args)]);
  if (request.body === undefined)
    throw new ProblemException({
      status: 415,
      detail: 'The body is read as JSON only: send it with Content-Type: application/json.',
    });
}

/** `{}` is none: some clients always send one. What was no JSON has not been parsed, and its headers tell. */
function hasBody(request: Request): boolean {
  const { headers } = request;
  const body: unknown = request.body;
  if (typeof body === 'object' && body !== null) return Object.keys(body).length > 0;
  return Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;
}

function refusal(args: readonly RouteArgument[]): { parameter: string; message: string } {
  const query = args.filter(({ kind }) => kind === QUERY).flatMap(({ names }) => names);
  const instead = query.length > 0 ? `; parameters go into the query: ${query.map(asked).join(', ')}` : '';
  return { parameter: 'body', message: `a body is not read here${instead}` };
}

const asked = (name: string): string => `?${name}=`;

interface RouteArgument {
  readonly kind: string;
  readonly names: readonly string[];
}

/** What a handler asks for of its request, by Nest's own notes, whose keys are `<kind of parameter>:<index>`. */
function routeArguments(
  controller: { readonly prototype: object },
  method: string,
): readonly RouteArgument[] {
  const args: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method);
  const types: unknown = Reflect.getMetadata('design:paramtypes', controller.prototype, method);
  return Object.entries(args ?? {}).map(([key, arg]: [string, unknown]) => {
    const [kind = '', index] = key.split(':');
    const name: unknown = typeof arg === 'object' && arg !== null && 'data' in arg ? arg.data : undefined;
    const dto: unknown = Array.isArray(types) ? types[Number(index)] : undefined;
    const isClass = typeof dto === 'function';
    return {
      kind,
      names: typeof name === 'string' ? [name] : isClass ? declaredBy(dto as new () => unknown) : [],
    };
  });
}
