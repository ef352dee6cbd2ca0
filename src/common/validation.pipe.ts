import { Injectable, ValidationPipe } from '@nestjs/common';
import type { ArgumentMetadata } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import type { ValidationError } from 'class-validator';
import { ParametersInvalid } from './problem.js';
import type { ParameterError } from './problem.js';

/**
 * Reads parameters into their DTO, or says of every one what is wrong with it. What the DTO doesn't declare is
 * refused here and not by class-validator, which never sees `__proto__`: Nest takes that away before.
 */
@Injectable()
export class ParametersPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      stopAtFirstError: true,
      validationError: { target: false, value: false },
      exceptionFactory: (errors) => new ParametersInvalid(flatten(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const errors = problemsOf(value, metadata);
    if (errors.length === 0) return super.transform(value, metadata);
    throw new ParametersInvalid([...errors, ...(await this.furtherProblems(value, metadata, errors))]);
  }

  /** What the DTO has against the rest, so that a client hears of everything at once. */
  private async furtherProblems(
    value: unknown,
    metadata: ArgumentMetadata,
    errors: readonly ParameterError[],
  ): Promise<readonly ParameterError[]> {
    if (metadata.data !== undefined || typeof value !== 'object' || value === null) return [];
    const named = new Set(errors.map(({ parameter }) => parameter));
    const rest = Object.fromEntries(Object.entries(value).filter(([name]) => !named.has(name)));
    try {
      await super.transform(rest, metadata);
      return [];
    } catch (error) {
      if (!(error instanceof ParametersInvalid)) throw error;
      return (error.content.errors ?? []).filter(({ parameter }) => !named.has(parameter));
    }
  }
}

/** What is said of parameters that a route doesn't know. */
export function unknownParameters(names: readonly string[], known: readonly string[]): ParameterError[] {
  const rest = known.length > 0 ? `known are ${known.join(', ')}` : 'there are none here';
  return names.map((parameter) => ({ parameter, message: `${parameter} is not a parameter; ${rest}` }));
}

/** What is wrong with texts whatever their DTO: given twice, or holding a NUL, which PostgreSQL refuses. */
function textProblem(parameter: string, value: unknown): ParameterError[] {
  if (Array.isArray(value)) return [{ parameter, message: `${parameter} must be given once` }];
  if (typeof value === 'string' && value.includes('\0'))
    return [{ parameter, message: `${parameter} must not hold a NUL character` }];
  return [];
}

function problemsOf(value: unknown, { type, metatype, data }: ArgumentMetadata): ParameterError[] {
  if (type === 'custom') return [];
  if (data !== undefined) return textProblem(data, value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const given = Object.entries(value);
  const declared = metatype && metatype !== Object ? declaredBy(metatype) : null;
  const unknown = declared ? given.map(([name]) => name).filter((name) => !declared.includes(name)) : [];
  // A body's fields may well be lists.
  const texts = type === 'body' ? [] : given.filter(([name]) => !unknown.includes(name));
  return [
    ...unknownParameters(unknown, declared ?? []),
    ...texts.flatMap(([name, text]) => textProblem(name, text)),
  ];
}

/** The parameters that a DTO knows. */
export function declaredBy(dto: new (...args: never[]) => unknown): readonly string[] {
  const known = declared.get(dto);
  if (known) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const names = [...new Set(rules.map(({ propertyName }) => propertyName))];
  declared.set(dto, names);
  return names;
}

const declared = new WeakMap<object, readonly string[]>();

function flatten(errors: readonly ValidationError[], parent = ''): ParameterError[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const parameter = parent ? `${parent}.${property}` : property;
    const own = Object.values(constraints ?? {}).map((message) => ({ parameter, message }));
    return [...own, ...flatten(children ?? [], parameter)];
  });
}
