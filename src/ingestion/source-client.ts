import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpService } from '@nestjs/axios';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { Settings } from '../config/settings.js';
import { RunAborted } from './run-aborted.js';
import { RunEvents } from './run-events.js';
import { SecretMask } from './secret-mask.js';
import type { SourceHttp, SourceIo, SourceResponse } from './source-adapter.js';
import { sourceAddress } from './source-address.js';
import { CircuitOpen, SourceCircuit } from './source-circuit.js';
import { SourceRateLimited, SourceUnavailable } from './source-errors.js';
import { type Attempt, type Exchange, exchange } from './source-exchange.js';
import { LONGEST_WAIT_SECONDS, SourcePace } from './source-pace.js';

export interface RequestHooks {
  /** Before every request that is really sent, retries too. What it throws goes through as it is, unretried. */
  beforeRequest(): Promise<void>;
  onAttempt?(attempt: Attempt): void;
  /** Ends everything at once, with `RunAborted`. */
  readonly signal: AbortSignal;
}

/** What outlives a run: the source doesn't forget our last request because we began another pass. */
interface SourceState {
  readonly pace: SourcePace;
  readonly circuit: SourceCircuit;
}

/** Carries what a hook threw past the retries and the circuit, whatever its type is. */
class RefusedByHook extends Error {
  constructor(readonly reason: unknown) {
    super('refused by a hook', { cause: reason });
  }
}

/**
 * The one way to a source over HTTP. `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are honoured, as axios does.
 */
@Injectable()
export class SourceClient implements OnApplicationShutdown {
  private readonly states = new Map<string, SourceState>();
  private readonly agents = {
    httpAgent: new HttpAgent({ keepAlive: true }),
    httpsAgent: new HttpsAgent({ keepAlive: true }),
  };

  constructor(
    private readonly http: HttpService,
    private readonly settings: Settings,
    private readonly events: RunEvents,
  ) {}

  /** Everything but a 2xx answer is a `SourceError`, `RunAborted`, or what `beforeRequest` threw. */
  open(source: string, http: SourceHttp, hooks: RequestHooks): Pick<SourceIo, 'get'> {
    const state = this.stateOf(source, http);
    return {
      get: async (path, query) => {
        const address = sourceAddress(http.baseUrl, path, query);
        const request: Exchange = {
          source,
          http,
          address,
          mask: new SecretMask(http, address.secrets),
          timeoutMs: this.settings.SOURCE_TIMEOUT_SECONDS * 1000,
          maxBytes: this.settings.SOURCE_MAX_MEGABYTES * 1_000_000,
          agents: this.agents,
          signal: hooks.signal,
          onAttempt: hooks.onAttempt?.bind(hooks),
        };
        const said: { limit?: SourceRateLimited } = {};
        const once = async (): Promise<SourceResponse> => {
          try {
            return await this.attempt(request, state, hooks);
          } catch (error) {
            if (error instanceof SourceRateLimited) said.limit = error;
            throw error;
          }
        };
        try {
          return await untilAborted(() => this.retried(once, hooks.signal), hooks.signal);
        } catch (error) {
          // Stopped while it waited for another try: what the source asked for holds for the next process too.
          if (error instanceof RunAborted && said.limit) throw said.limit;
          throw error instanceof RefusedByHook ? error.reason : error;
        }
      },
    };
  }

  /** Last of all: a run that finishes its page while the application drains may still be asking. */
  onApplicationShutdown(): void {
    this.agents.httpAgent.destroy();
    this.agents.httpsAgent.destroy();
  }

  private stateOf(source: string, http: SourceHttp): SourceState {
    const known = this.states.get(source);
    if (known !== undefined) return known;
    const state = {
      pace: new SourcePace(source, http.requestsPerMinute),
      circuit: new SourceCircuit(source, (circuit) => {
        this.events.circuitChanged(source, circuit);
      }),
    };
    this.states.set(source, state);
    return state;
  }

  private async retried(once: () => Promise<SourceResponse>, signal: AbortSignal): Promise<SourceResponse> {
    let unexplainedLimits = 0;
    const worthAnother = (error: Error): boolean => {
      if (error instanceof SourceRateLimited) {
        // Without a time to wait, one more try tells a burst from a spent minute; more would only spend more of
        // it, since refused requests count too.
        if (error.retryAfterSeconds === null) return ++unexplainedLimits === 1;
        return error.retryAfterSeconds <= LONGEST_WAIT_SECONDS;
      }
      return error instanceof SourceUnavailable && !(error instanceof CircuitOpen);
    };
    const policy = retry(handleWhen(worthAnother), {
      maxAttempts: this.settings.SOURCE_RETRIES,
      // With decorrelated jitter, its default. A Retry-After is waited for by the pace, which holds for every
      // request of the source, not only for this one's retry.
      backoff: new ExponentialBackoff({
        initialDelay: this.settings.SOURCE_RETRY_DELAY_MS,
        maxDelay: LONGEST_WAIT_SECONDS * 1000,
      }),
    });
    // Its timer can't be cancelled: left referenced, it would keep a stopped process alive for seconds.
    return policy.dangerouslyUnref().execute(once, signal);
  }

  private async attempt(
    request: Exchange,
    { pace, circuit }: SourceState,
    hooks: RequestHooks,
  ): Promise<SourceResponse> {
    const said = await circuit.run(async () => {
      await pace.turn(hooks.signal);
      await passed(hooks);
      return exchange(this.http, request);
    });
    if (!(said instanceof Error)) return said;
    if (said instanceof SourceRateLimited && said.retryAfterSeconds !== null) {
      pace.coolDown(said.retryAfterSeconds);
    }
    throw said;
  }
}

async function passed(hooks: RequestHooks): Promise<void> {
  stopIfAborted(hooks.signal);
  try {
    await hooks.beforeRequest();
  } catch (error) {
    throw new RefusedByHook(error);
  }
  stopIfAborted(hooks.signal);
}

function stopIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new RunAborted(signal);
}

/** What a retry's delay or a hook still does after the signal is waited for by nobody; it sends nothing more. */
async function untilAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  stopIfAborted(signal);
  // The retry's timer keeps no process alive; as long as somebody waits for the answer, this one does.
  const alive = setInterval(() => undefined, 60_000);
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new RunAborted(signal));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    clearInterval(alive);
    signal.removeEventListener('abort', stop);
  }
}
