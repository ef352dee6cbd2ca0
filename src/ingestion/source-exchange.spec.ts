import { brotliCompressSync, gzipSync } from 'node:zlib';
import {
  answer,
  type Behaviour,
  bomb,
  cutOff,
  drip,
  gzipCutOff,
  hang,
  reset,
  startServer,
  truncated,
} from '../../test/support/misbehaving-server.js';
import { failureOf, ok, sourceClientGround } from '../../test/support/source-client-ground.js';
import { SourcePayloadInvalid, SourceUnavailable } from './source-errors.js';

const ground = sourceClientGround();
const { source } = ground;

describe('no usable answer', () => {
  beforeEach(() => {
    ground.settings.SOURCE_RETRIES = 0;
  });

  it.each<[string, Behaviour, RegExp]>([
    ['a reset connection', reset, /got no answer: connection reset$/],
    ['a body shorter than its Content-Length', truncated('[{"id":"bit'), /an answer that was cut off$/],
    ['a chunked body without its end', cutOff('[{"id":"bit'), /an answer that was cut off$/],
    ['a packed body without its end', gzipCutOff('[1,2,3]'.repeat(100)), /a packed answer that is cut off$/],
  ])('%s is SourceUnavailable', async (_name, behaviour, message) => {
    ground.server.behave(behaviour);
    const error = await failureOf(source('coingecko').get('/a'));
    expect(error).toBeInstanceOf(SourceUnavailable);
    expect(error.message).toMatch(message);
  });

  it('a refused connection is SourceUnavailable', async () => {
    const gone = await startServer(ok);
    await gone.close();
    const error = await failureOf(source('coingecko', { baseUrl: gone.url }).get('/a'));
    expect(error).toBeInstanceOf(SourceUnavailable);
    expect(error.message).toBe('coingecko: /a got no answer: connection refused');
  });

  it('an unknown host is SourceUnavailable', async () => {
    const error = await failureOf(source('coingecko', { baseUrl: 'http://source.invalid' }).get('/a'));
    expect(error).toBeInstanceOf(SourceUnavailable);
  });

  it.each<[string, Behaviour]>([
    ['silence', hang],
    ['a body that never ends', drip],
  ])('%s ends at the time limit for the whole request', async (_name, behaviour) => {
    ground.settings.SOURCE_TIMEOUT_SECONDS = 0.2;
    ground.server.behave(behaviour);
    const error = await failureOf(source('coingecko').get('/a'));
    expect(error).toBeInstanceOf(SourceUnavailable);
    expect(error.message).toBe('coingecko: /a did not answer within 0.2 s (SOURCE_TIMEOUT_SECONDS)');
  });

  it('a body over the limit is SourcePayloadInvalid, plain or packed', async () => {
    const coingecko = source('coingecko');
    for (const behaviour of [
      answer(200, Buffer.alloc(1_000_001)),
      answer(200, gzipSync(Buffer.alloc(1_000_001)), { 'Content-Encoding': 'gzip' }),
      answer(200, brotliCompressSync(Buffer.alloc(1_000_001)), { 'Content-Encoding': 'br' }),
    ]) {
      ground.server.behave(behaviour);
      const error = await failureOf(coingecko.get('/a'));
      expect(error).toBeInstanceOf(SourcePayloadInvalid);
      expect(error.message).toBe('coingecko: /a got more than 1 MB (SOURCE_MAX_MEGABYTES)');
    }
    ground.server.behave(answer(200, gzipSync(Buffer.alloc(1_000_000)), { 'Content-Encoding': 'gzip' }));
    expect((await coingecko.get('/a')).body).toHaveLength(1_000_000);
  });

  it('a bomb goes off in bounded memory', async () => {
    ground.server.behave(await bomb(300));
    let peak = 0;
    const before = process.memoryUsage().arrayBuffers;
    const look = (): void => {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    };
    const timer = setInterval(look, 1);
    const error = await failureOf(source('coingecko').get('/a'));
    clearInterval(timer);
    look();
    expect(error).toBeInstanceOf(SourcePayloadInvalid);
    expect(peak).toBeLessThan(32_000_000);
  });

  it.each([
    ['that is not what its header says', 'gzip', /can't be unpacked$/],
    ['in an encoding that was not asked for', 'zstd', /an encoding that was not asked for$/],
  ])('a body %s is SourcePayloadInvalid', async (_name, encoding, message) => {
    ground.server.behave(answer(200, '<html>', { 'Content-Encoding': encoding }));
    const error = await failureOf(source('coingecko').get('/a'));
    expect(error).toBeInstanceOf(SourcePayloadInvalid);
    expect(error.message).toMatch(message);
  });
});
