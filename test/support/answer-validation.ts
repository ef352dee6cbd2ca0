import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const documents = new Map<string, Promise<Document>>();
const validators = new Map<string, ValidateFunction>();

async function documentOf(url: string): Promise<Document> {
  const known = documents.get(url);
  if (known) return known;
  const reading = fetch(`${url}/docs-json`).then(async (response) => (await response.json()) as Document);
  documents.set(url, reading);
  return reading;
}

/** OpenAPI 3.0 says `nullable`; JSON Schema says it in the type. Unknown properties count as mistakes. */
function toJsonSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(toJsonSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, example: _, ...rest } = schema as Record<string, unknown>;
  const entries = Object.entries(rest).map(([key, value]): [string, unknown] => [
    key,
    key === '$ref' && typeof value === 'string' ? value.replace('#/components/schemas/', 'mintmark#/$defs/') : toJsonSchema(value),
  ]);
  const converted: Record<string, unknown> = Object.fromEntries(entries);
  if (nullable) {
    if (converted.allOf || converted.$ref) return { anyOf: [converted, { type: 'null' }] };
    if (typeof converted.type === 'string') converted.type = [converted.type, 'null'];
    if (Array.isArray(converted.enum)) converted.enum = [...(converted.enum as unknown[]), null];
  }
  return converted;
}

/** Closes every object that lists its properties, so that a field nobody documented fails. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  if ('properties' in copy && !('additionalProperties' in copy)) copy.additionalProperties = false;
  return copy;
}

function templateOf(document: Document, path: string): string | undefined {
  const asked = path.split('?')[0] ?? '';
  if (document.paths[asked]) return asked;
  return Object.keys(document.paths).find((template) =>
    new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(asked),
  );
}

/** Throws when an answer isn't what the OpenAPI document says of its path, method and status. */
export async function validateAnswer(
  url: string,
  method: string,
  path: string,
  response: Response,
  body: unknown,
): Promise<void> {
  if (path.startsWith('/docs')) return;
  const document = await documentOf(url);
  const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
  const template = templateOf(document, path);
  const operation = template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()];
  if (!operation) {
    // Nothing documented: only a problem may be answered.
    check(document, 'problem', { $ref: '#/components/schemas/Problem' }, body, `${method} ${path}`);
    return;
  }
  const described = operation.responses[String(response.status)];
  if (!described) throw new Error(`${method} ${path} answered ${response.status}, which is not documented`);
  if (response.status === 304) return;
  const schema = described.content?.[type]?.schema;
  if (!schema) throw new Error(`${method} ${path} answered ${response.status} with ${type}, which is not documented`);
  check(document, `${method} ${template} ${response.status} ${type}`, schema, body, `${method} ${path}`);
}

function check(document: Document, key: string, schema: object, body: unknown, what: string): void {
  let validate = validators.get(key);
  if (!validate) {
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addSchema({ $id: 'mintmark', $defs: closed(toJsonSchema(document.components.schemas)) as object });
    validate = ajv.compile(closed(toJsonSchema(schema)) as object);
    validators.set(key, validate);
  }
  if (!validate(body))
    throw new Error(`${what} does not answer what its document says: ${JSON.stringify(validate.errors?.slice(0, 3))}`);
}
