import type { ServerResponse } from 'node:http';

/** Headers that are a request's own, in lower case. */
const OWN = ['x-request-id', 'ratelimit', 'server-timing'] as const;
type OwnName = (typeof OWN)[number];
/** Node's types have it with requests only. */
type WithRawNames = ServerResponse & { getRawHeaderNames(): string[] };

/** The headers of an answer, in their order and spelling, for more answers like it. */
export class LearntHeaders {
  private constructor(
    /** Names and values by turns. */
    private readonly flat: readonly string[],
    private readonly own: readonly { readonly name: OwnName; readonly index: number }[],
  ) {}

  static of(res: ServerResponse, leftOut: readonly string[] = []): LearntHeaders {
    const names = (res as WithRawNames)
      .getRawHeaderNames()
      .filter((name) => !leftOut.includes(name.toLowerCase()));
    const own = OWN.map((name) => ({ name, index: 2 * indexOf(names, name) + 1 }));
    return new LearntHeaders(
      names.flatMap((name) => [name, String(res.getHeader(name))]),
      own.filter(({ index }) => index > 0),
    );
  }

  has(name: OwnName): boolean {
    return this.own.some((own) => own.name === name);
  }

  pairs(): readonly (readonly [name: string, value: string])[] {
    return this.flat.flatMap((name, index) =>
      index % 2 === 0 ? [[name, this.flat[index + 1] ?? ''] as const] : [],
    );
  }

  /** As `writeHead` takes them. */
  with(values: Partial<Record<OwnName, string>>): string[] {
    const flat = this.flat.slice();
    for (const { name, index } of this.own) flat[index] = values[name] ?? '';
    return flat;
  }
}

function indexOf(names: readonly string[], wanted: string): number {
  return names.findIndex((name) => name.toLowerCase() === wanted);
}
