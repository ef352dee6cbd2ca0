import { hang, inTurn, json, reset } from '../../test/support/misbehaving-server.js';
import {
  failureOf,
  laterBy,
  ok,
  serviceDown,
  sourceClientGround,
  stopTheClocks,
} from '../../test/support/source-client-ground.js';
import { RunAborted } from './run-aborted.js';
import { CircuitOpen } from './source-circuit.js';
import { SourceUnavailable } from './source-errors.js';

const ground = sourceClientGround();
const { source } = ground;

describe('the circuit', () => {
  beforeEach(() => {
    ground.settings.SOURCE_RETRIES = 0;
    stopTheClocks();
  });

  async function openIt(): Promise<void> {
    ground.server.behave(serviceDown);
    for (let failure = 1; failure <= 5; failure++) {
      expect(ground.events.circuitOf('coingecko')).toBe('closed');
      await failureOf(source('coingecko').get('/a'));
    }
    expect(ground.events.circuitOf('coingecko')).toBe('open');
  }

  it('opens after five failures in a row; then nothing is sent and nothing is reserved', async () => {
    await openIt();
    Object.assign(ground.settings, { SOURCE_RETRIES: 10, SOURCE_RETRY_DELAY_MS: 60_000 });
    let reserved = 0;
    const coingecko = source('coingecko', {}, { beforeRequest: async () => void (reserved += 1) });
    const error = await failureOf(coingecko.get('/a'));
    expect(error).toBeInstanceOf(CircuitOpen);
    expect(error).toBeInstanceOf(SourceUnavailable);
    expect(error.message).toMatch(/^coingecko: .*answered 503.*; not asked again yet, circuit open/);
    expect(reserved).toBe(0);
    expect(ground.server.requests).toHaveLength(5);
    expect(ground.events.circuitOf('coinpaprika')).toBe('closed');
    // Retries of what isn't sent would take minutes.
  }, 5_000);

  it('opens in the middle of the retries, which end there', async () => {
    ground.settings.SOURCE_RETRIES = 10;
    ground.server.behave(reset);
    expect(await failureOf(source('coingecko').get('/a'))).toBeInstanceOf(CircuitOpen);
    expect(ground.server.requests).toHaveLength(5);
  });

  it('lets one request try after a minute, and closes when it succeeds', async () => {
    await openIt();
    laterBy(59);
    await failureOf(source('coingecko').get('/a'));
    expect(ground.server.requests).toHaveLength(5);

    laterBy(1);
    const states: string[] = [];
    ground.server.behave((request, response) => {
      states.push(ground.events.circuitOf('coingecko'));
      return ok(request, response);
    });
    await source('coingecko').get('/a');
    expect(states).toEqual(['half_open']);
    expect(ground.events.circuitOf('coingecko')).toBe('closed');
  });

  it('opens again when that request fails', async () => {
    await openIt();
    laterBy(60);
    await failureOf(source('coingecko').get('/a'));
    expect(ground.events.circuitOf('coingecko')).toBe('open');
    expect(ground.server.requests).toHaveLength(6);
  });

  it('is not closed by a run that is stopped while it tries', async () => {
    await openIt();
    laterBy(60);
    ground.server.behave(hang);
    const trying = failureOf(source('coingecko').get('/a'));
    await ground.server.received(6);
    ground.run.abort();
    expect(await trying).toBeInstanceOf(RunAborted);
    // The request's own end comes a moment after the run's.
    await new Promise(setImmediate);
    expect(ground.events.circuitOf('coingecko')).toBe('open');
  });

  it('counts failures in a row: any answer of the source, a refusal too, starts anew', async () => {
    ground.server.behave(inTurn(reset, reset, reset, reset, json({}, 401), reset, reset, reset, reset, ok));
    for (let request = 1; request <= 10; request++) await source('coingecko').get('/a').catch(String);
    expect(ground.events.circuitOf('coingecko')).toBe('closed');
    expect(ground.server.requests).toHaveLength(10);
  });
});
