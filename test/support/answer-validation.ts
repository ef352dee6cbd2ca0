import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

interface Operation {
  readonly responses: Readonly<
    Partial<Record<string, { readonly content?: Readonly<Partial<Record<string, { schema: object }>>> }>>
  >;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Partial<Record<string, Operation>>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const PROBLEM = { $ref: '#/components/schemas/Problem' };

/** What a service's own OpenAPI document says of its answers, held against them. */
export class AnswerValidation {
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly ajv = new Ajv({ strict: false, allErrors: true });

  private constructor(private readonly document: OpenApi) {
    addFormats.default(this.ajv);
    this.ajv.addSchema({ $id: 'mintmark', $defs: closed(toJsonSchema(document.components.schemas)) });
  }

  static async of(url: string): Promise<AnswerValidation> {
    const response = await fetch(`${url}/docs-json`);
    return new AnswerValidation((await response.json()) as OpenApi);
  }

  /** Throws when an answer isn't what is documented of its path, method and status. */
  check(method: string, path: string, { status, headers }: Response, body: unknown): void {
    if (path.startsWith('/docs') && status === 200) return;
    const what = `${method} ${path} answered ${status}`;
    // No test provokes one: whoever gets it has found a mistake of ours.
    if (status === 500) throw new Error(`${what}: ${JSON.stringify(body)}`);
    if (!headers.get('x-request-id')) throw new Error(`${what} without X-Request-ID`);
    const type = (headers.get('content-type') ?? '').split(';')[0] ?? '';
    const template = this.templateOf(path);
    // Express answers HEAD wherever it answers GET.
    const documented = method === 'HEAD' ? 'get' : method.toLowerCase();
    const operation = template === undefined ? undefined : this.document.paths[template]?.[documented];
    if (template === undefined || !operation) {
      if (status < 400 || type !== 'application/problem+json')
        throw new Error(`${what} with ${type}, and is not documented`);
      if (method !== 'HEAD') this.validate('problem', PROBLEM, body, what);
      return;
    }
    const described = operation.responses[String(status)];
    if (!described) throw new Error(`${what}, which is not documented`);
    if (status === 304) {
      if (body !== '') throw new Error(`${what} with a body`);
      return;
    }
    const schema = described.content?.[type]?.schema;
    if (!schema) throw new Error(`${what} with ${type}, which is not documented`);
    if (method !== 'HEAD') this.validate(`${method} ${template} ${status} ${type}`, schema, body, what);
  }

  private templateOf(path: string): string | undefined {
    const asked = path.split('?')[0] ?? '';
    if (this.document.paths[asked]) return asked;
    return Object.keys(this.document.paths).find((template) =>
      new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(asked),
    );
  }

  private validate(key: string, schema: object, body: unknown, what: string): void {
    const validate = this.validators.get(key) ?? this.ajv.compile(closed(toJsonSchema(schema)) as object);
    this.validators.set(key, validate);
    if (validate(body)) return;
    throw new Error(`${what}, not as documented: ${JSON.stringify(validate.errors?.slice(0, 3))}`);
  }
}

/** OpenAPI 3.0 says `nullable`; JSON Schema says it in the type. */
function toJsonSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(toJsonSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, ...rest }: Record<string, unknown> = { ...schema };
  const converted: Record<string, unknown> = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key,
      key === '$ref' && typeof value === 'string'
        ? value.replace('#/components/schemas/', 'mintmark#/$defs/')
        : toJsonSchema(value),
    ]),
  );
  return nullable === true ? { anyOf: [converted, { type: 'null' }] } : converted;
}

/** Closes every object that lists its properties, so that a field nobody documented fails. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy: Record<string, unknown> = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  );
  if ('properties' in copy) copy['additionalProperties'] ??= false;
  return copy;
}
