import { nameOf, routedOf } from '../support/api-routes.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

interface Schema {
  readonly $ref?: string;
  readonly [key: string]: unknown;
}

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly description?: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly responses: Readonly<
    Record<string, { readonly description?: string; readonly content?: Record<string, { schema?: Schema }> }>
  >;
}

describe('the OpenAPI document', () => {
  let service: Service;
  let text: string;
  let operations: { name: string; path: string; operation: Operation }[];

  beforeAll(async () => {
    service = await startService();
    const answer = await service.get('/docs-json');
    text = answer.text;
    const paths: Record<string, Record<string, Operation>> = answer.body.paths;
    operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({
        name: nameOf({ method: method.toUpperCase(), path }),
        path,
        operation,
      })),
    );
  });
  afterAll(() => service.stop());

  it('has every route, and no other', () => {
    const routed = routedOf(service).map(nameOf).sort();
    expect(routed).toEqual(operations.map(({ name }) => name).sort());
    expect(routed).toEqual([
      'DELETE /identity/links',
      'GET /',
      'GET /coins/{coin_id}',
      'GET /data',
      'GET /divergence',
      'GET /drift',
      'GET /health',
      'GET /health/live',
      'GET /health/ready',
      'GET /identity/ambiguous',
      'GET /identity/decisions',
      'GET /identity/suspect',
      'GET /metrics',
      'GET /quarantine',
      'GET /runs',
      'GET /runs/compare',
      'GET /runs/{run_id}',
      'GET /stats',
      'POST /etl/run',
      'POST /identity/decisions/{decision_id}/undo',
      'POST /identity/links',
      'POST /identity/merge',
    ]);
  });

  it('says of every operation what it does', () => {
    for (const { name, operation } of operations) {
      expect([name, operation.summary]).toEqual([name, expect.stringMatching(/\S{3}/)]);
      expect([name, operation.tags?.length]).toEqual([name, 1]);
    }
  });

  it('describes every parameter', () => {
    const parameters = operations.flatMap(({ name, operation }) =>
      (operation.parameters ?? []).map((parameter) => ({ operation: name, ...parameter })),
    );
    expect(parameters.length).toBeGreaterThan(20);
    for (const { operation, name, description, in: place, required } of parameters) {
      expect([operation, name, description]).toEqual([operation, name, expect.stringMatching(/\S{3}/)]);
      if (place === 'path') expect([operation, name, required]).toEqual([operation, name, true]);
    }
  });

  it('knows every parameter by the name that is read, and says what is allowed', () => {
    const data = operations.find(({ name }) => name === 'GET /data')?.operation.parameters ?? [];
    const query = data.filter((parameter) => parameter.in === 'query');
    expect(query.map(({ name }) => name).sort()).toEqual(
      ['ids', 'limit', 'order', 'page', 'page_size', 'q', 'sort', 'source', 'symbol'].sort(),
    );
    expect(query.filter(({ required }) => required)).toEqual([]);
    const limit = query.find(({ name }) => name === 'limit');
    expect(limit?.schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 100, default: 50 });
    expect(query.find(({ name }) => name === 'sort')?.schema).toMatchObject({
      enum: ['rank', 'market_cap', 'volume_24h', 'current_price', 'price_change_24h', 'name'],
    });
  });

  it('describes every answer, its errors too', () => {
    for (const { name, path, operation } of operations) {
      const { responses } = operation;
      const statuses = Object.keys(responses);
      expect([name, statuses]).toEqual([name, expect.arrayContaining(['422', '500', '503'])]);
      if (path.includes('{')) expect([name, statuses]).toEqual([name, expect.arrayContaining(['404'])]);
      expect([name, statuses.filter((status) => status.startsWith('2'))]).toEqual([
        name,
        [expect.any(String)],
      ]);
      for (const [status, { description, content }] of Object.entries(responses)) {
        expect([name, status, description]).toEqual([name, status, expect.stringMatching(/\S{3}/)]);
        const schemas = Object.values(content ?? {}).map(({ schema }) => schema);
        if (status !== '304') expect([name, status, schemas]).toEqual([name, status, [expect.any(Object)]]);
      }
    }
  });

  it('names only what it defines', () => {
    const document: { components: { schemas: object } } = JSON.parse(text);
    const named = new Set(
      [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name),
    );
    expect(named.size).toBeGreaterThan(10);
    for (const name of named) expect(Object.keys(document.components.schemas)).toContain(name);
  });

  it('is shown as a page that needs nothing from elsewhere', async () => {
    const page = await fetch(`${service.url}/docs`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part]) => part ?? '');
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) {
      expect(part).not.toMatch(/^(https?:)?\/\//);
      expect([part, (await fetch(new URL(part, `${service.url}/docs`))).status]).toEqual([part, 200]);
    }
  });
});
