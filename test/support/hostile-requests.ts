import { request as httpRequest } from 'node:http';
import type { Agent, IncomingHttpHeaders } from 'node:http';
import fc from 'fast-check';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly example?: unknown;
  readonly schema?: {
    readonly type?: string;
    readonly enum?: readonly unknown[];
    readonly example?: unknown;
  };
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
}

interface Schema {
  readonly properties?: Readonly<Record<string, { readonly example?: unknown }>>;
}

/** What is read of `/docs-json`. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface HostileRequest {
  readonly method: string;
  /** The route as documented. */
  readonly template: string;
  /** As it goes over the wire. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HostileAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Each begins what some careless pattern would then try to end in very many ways. */
const ENDLESS = ['a', '0', ' ', ',', '-', '1,', 'a-', '%20', '"', 'W/', 'W/"', '\t', '((', '.*', 'é'];

/** What somebody's parser of numbers has read as something else. */
const NUMBERS = [
  ...['', ' ', '0', '-1', '1e1', '1e999', 'NaN', 'Infinity', '0x10', '1.0', '+1', '01', '٣', 'null', 'true'],
  ...['2147483648', '9007199254740992', '9223372036854775808', '9'.repeat(400), 'x', '1\0', "1'"],
];

/** What has made somebody's parser, query, page or log do something it was not asked for. */
const TEXTS = [
  ...[
    '',
    ' ',
    '\0',
    'a\0b',
    "'",
    "''; DROP TABLE coins; --",
    '%',
    '_',
    '\\',
    '%_%',
    '$1',
    '{{7*7}}',
    '<script>',
  ],
  ...['../../etc/passwd', '/', '//', '.', '..', '?', '#', '&', ';', '|', '`id`', '\r\nSet-Cookie: a=b'],
  ...['\u2028', '\ud800', '\ufeff', '\u202e', '😀', 'ı', 'ß', 'İ', 'a\u0300'],
  ...['__proto__', 'constructor', 'then', 'a[b]', '[object Object]', 'undefined', 'bitcoin', 'csv'],
];

const KNOWN = [...NUMBERS, ...TEXTS];

const endless = fc
  .tuple(
    fc.constantFrom(...ENDLESS),
    fc.integer({ min: 1, max: 3_000 }),
    fc.constantFrom('', '!', '\n', 'x"'),
  )
  .map(([piece, times, end]) => piece.repeat(Math.ceil(times / piece.length)) + end);

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...KNOWN) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.integer().map(String) },
  { weight: 1, arbitrary: endless },
);

/** Percent-encoded, or as raw as a client can put it on the wire; short enough to get past the headers' limit. */
const inUrl = (value: string): fc.Arbitrary<string> =>
  fc
    .constantFrom(encodeURIComponent(value.toWellFormed()), value.replace(/[^\u0021-\u00ff]|[?#&/]/g, ''))
    .map((encoded) => encoded.slice(0, 4_000));

const valid = ({ example, schema }: Parameter): readonly string[] =>
  [example, schema?.example, ...(schema?.enum ?? [])].filter((value) => value !== undefined).map(String);

const valueOf = (parameter: Parameter): fc.Arbitrary<string> => {
  const values = valid(parameter);
  const good = values.length > 0 ? fc.constantFrom(...values) : fc.constantFrom('1', 'csv', 'bitcoin');
  return fc.oneof({ weight: 2, arbitrary: good }, { weight: 3, arbitrary: text }).chain(inUrl);
};

function queryOf(parameters: readonly Parameter[]): fc.Arbitrary<string> {
  const known = parameters
    .filter((parameter) => parameter.in === 'query')
    .map((parameter) => valueOf(parameter).map((value) => `${parameter.name}=${value}`));
  const unknown = fc.tuple(text.chain(inUrl), text.chain(inUrl)).map((pair) => pair.join('='));
  const one = fc.oneof(...known.map((arbitrary) => ({ weight: 3, arbitrary })), {
    weight: 1,
    arbitrary: unknown,
  });
  const separator = fc.constantFrom('&', '&', '&', '&&', ';');
  return fc
    .tuple(fc.array(one, { maxLength: 4 }), separator)
    .map(([pairs, by]) => (pairs.length > 0 ? `?${pairs.join(by)}`.slice(0, 8_000) : ''));
}

const inHeader = text.map((value) => value.replace(/[^\t\u0020-\u007e\u0080-\u00ff]/g, '').slice(0, 1_000));

const NAMES = [
  ...[
    'If-None-Match',
    'If-Modified-Since',
    'If-Match',
    'Range',
    'Accept',
    'Accept-Encoding',
    'Accept-Language',
  ],
  ...['X-Request-ID', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'Forwarded', 'X-Real-IP'],
  ...[
    'X-HTTP-Method-Override',
    'Origin',
    'Referer',
    'Cookie',
    'User-Agent',
    'Content-Type',
    'Content-Encoding',
  ],
  ...[
    'Authorization',
    'Cache-Control',
    'Pragma',
    'TE',
    'Via',
    'X-Original-URL',
    'X-Rewrite-URL',
    'Traceparent',
  ],
];

const headers = fc.dictionary(fc.constantFrom(...NAMES), inHeader, { maxKeys: 4 });

/** What the body of this operation may hold, each with an example. */
function fieldsOf(operation: Operation, document: ApiDocument): readonly [string, unknown][] {
  const schema = operation.requestBody?.content['application/json']?.schema ?? {};
  const name = '$ref' in schema ? String(schema.$ref).split('/').pop() : undefined;
  const { properties = {} } = document.components.schemas[name ?? ''] ?? {};
  return Object.entries(properties).map(([field, { example }]) => [field, example]);
}

function bodyOf(operation: Operation, document: ApiDocument): fc.Arbitrary<string> {
  const fields = fieldsOf(operation, document);
  const value = fc.oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: fc.jsonValue() });
  const wrong = Object.fromEntries(
    fields.map(([field, example]) => [
      field,
      fc.oneof({ weight: 2, arbitrary: fc.constant(example) }, { weight: 1, arbitrary: value }),
    ]),
  );
  return fc.oneof(
    { weight: 6, arbitrary: fc.record(wrong, { requiredKeys: [] }).map((body) => JSON.stringify(body)) },
    { weight: 1, arbitrary: fc.json() },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '{', '{"__proto__":{"a":1}}', '['.repeat(5_000), '"\\ud800"'),
    },
    { weight: 1, arbitrary: text },
  );
}

interface Route {
  readonly template: string;
  readonly method: string;
  readonly operation: Operation;
}

const routesOf = (document: ApiDocument): readonly Route[] =>
  Object.entries(document.paths).flatMap(([template, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      template,
      method: method.toUpperCase(),
      operation,
    })),
  );

const JSON_TYPE = { 'Content-Type': 'application/json' };
const right = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

/** Each known trick in each parameter and field of each route, the rest of the request being good. */
export function knownTricks(document: ApiDocument, token: string): HostileRequest[] {
  return routesOf(document).flatMap(({ template, method, operation }) => {
    const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in !== 'header');
    const fields = fieldsOf(operation, document);
    const asked = (place: string, trick: string): HostileRequest => {
      const given = parameters.map((parameter) => ({
        ...parameter,
        value: encodeURIComponent(
          (parameter.name === place ? trick : (valid(parameter)[0] ?? '1')).toWellFormed(),
        ),
      }));
      const query = given
        .filter((parameter) => parameter.in === 'query' && (parameter.required || parameter.name === place))
        .map(({ name, value }) => `${name}=${value}`);
      const path = given
        .filter((parameter) => parameter.in === 'path')
        .reduce((filled, { name, value }) => filled.replace(`{${name}}`, () => value), template);
      const body = fields.map(([field, example]) => [field, field === place ? trick : example]);
      return {
        method,
        template,
        path: path + (query.length > 0 ? `?${query.join('&')}` : ''),
        headers: { ...(fields.length > 0 && JSON_TYPE), ...right(token) },
        body: fields.length > 0 ? JSON.stringify(Object.fromEntries(body)) : '',
      };
    };
    const tricked = parameters.flatMap(({ name, schema }) =>
      (schema?.type === 'integer' ? NUMBERS : TEXTS).map((trick) => asked(name, trick)),
    );
    return [...tricked, ...fields.flatMap(([field]) => TEXTS.map((trick) => asked(field, trick)))];
  });
}

/** Requests for every documented route in which nothing is as it should be, or all but one thing. */
export function hostileRequests(document: ApiDocument, token: string): fc.Arbitrary<HostileRequest> {
  return fc.constantFrom(...routesOf(document)).chain(({ template, method, operation }) => {
    const parameters = operation.parameters ?? [];
    const places = parameters.filter((parameter) => parameter.in === 'path');
    return fc
      .record({
        method: fc.constantFrom(
          method,
          method,
          method,
          method,
          'HEAD',
          'PUT',
          'DELETE',
          'OPTIONS',
          'PROPFIND',
        ),
        values: fc.tuple(...places.map(valueOf)),
        query: queryOf(parameters),
        headers,
        authorised: fc.boolean(),
        body: method === 'GET' ? fc.constant('') : bodyOf(operation, document),
      })
      .map((asked) => ({
        method: asked.method,
        template,
        path:
          places.reduce(
            (path, { name }, at) => path.replace(`{${name}}`, () => asked.values[at] ?? ''),
            template,
          ) + asked.query,
        headers: { ...(asked.body && JSON_TYPE), ...asked.headers, ...(asked.authorised && right(token)) },
        body: asked.body,
      }));
  });
}

/** Sends it as it is, where `fetch` would put it right. */
export function send(url: string, asked: HostileRequest, agent: Agent): Promise<HostileAnswer> {
  const { hostname, port } = new URL(url);
  const { method, headers: given, body } = asked;
  // What can't be read is answered with a body, which nobody expects who asked for the head alone.
  const path = method === 'HEAD' ? asked.path.replace(/[^\u0021-\u007e]/g, '') : asked.path;
  return new Promise((resolve, reject) => {
    const length = body ? { 'Content-Length': String(Buffer.byteLength(body)) } : {};
    const sent = httpRequest(
      { hostname, port, method, path, agent, headers: { ...given, ...length } },
      (response) => {
        let answered = '';
        response.setEncoding('utf8').on('data', (part: string) => (answered += part));
        response.on('error', reject).on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answered });
        });
      },
    );
    sent.on('error', reject).end(body);
  });
}
