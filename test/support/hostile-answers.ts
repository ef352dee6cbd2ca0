import type { AnswerValidation } from './answer-validation.js';
import type { HostileAnswer, HostileRequest } from './hostile-requests.js';

/** Request ids that are kept. */
export const USABLE_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** None of it is in what is sent, so an answer that has it has it from inside. */
export const INSIDE =
  /node_modules|\bat \S+ \(|\.[jt]s:\d|QueryFailed|typeorm|postgres(ql)?:\/\/|syntax error|invalid input|invalid byte|relation "|violates|ECONN|cannot read prop|is not a function/i;

/** What every answer must be, whatever was asked. */
export class HostileJudge {
  constructor(
    private readonly validation: AnswerValidation,
    private readonly token: string,
  ) {}

  /** Throws what is wrong with an answer. */
  check(asked: HostileRequest, { status, headers, text }: HostileAnswer): void {
    const told = (what: string): Error =>
      new Error(`${what}: ${asked.method} ${asked.path} ${status} ${text.slice(0, 500)}`);
    const type = headers['content-type'] ?? '';
    const id = String(headers['x-request-id']);
    if (status >= 500) throw told('a fault of ours');
    if (!USABLE_ID.test(id)) throw told('no request id');
    // What could not be read as HTTP never was a request for that route, nor had it an id.
    const unread = text.includes('not a request that could be read');
    const given = asked.headers['X-Request-ID'];
    if (!unread && given !== undefined && USABLE_ID.test(given) && id !== given)
      throw told('another request id');
    if (headers['set-cookie']) throw told('a header of the client’s making');
    const body: unknown = /json/.test(type) && text ? JSON.parse(text) : text;
    const shown = Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string]);
    // A slash at the end is the same to the router.
    const route = asked.path.replace(/(?<=.)\/(?=\?|$)/, '');
    const response = new Response(null, { status, headers: shown });
    this.validation.check(asked.method, unread ? '/unread' : route, response, body);
    if (status < 400) return;
    if (type !== 'application/problem+json') throw told('no problem');
    if (asked.method !== 'HEAD') {
      const problem = body as { status?: unknown; request_id?: unknown };
      if (problem.status !== status || problem.request_id !== id) throw told('another status or request id');
    }
    if (INSIDE.test(text) || text.includes(process.cwd())) throw told('something from inside');
    if (text.includes(this.token)) throw told('the token');
  }
}
