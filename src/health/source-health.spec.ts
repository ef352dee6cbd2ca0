import { overallStatus, sourceStatus } from './source-health.js';
import type { SourceState } from './source-health.js';

const now = new Date('2026-11-23T12:00:00Z');
const minutesAgo = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);
const source = (state: Partial<SourceState>): SourceState => ({
  lastSuccessAt: minutesAgo(1),
  errorCode: null,
  scheduleMinutes: 30,
  ...state,
});

describe('sourceStatus', () => {
  it.each([
    ['healthy', source({})],
    ['healthy', source({ lastSuccessAt: minutesAgo(90) })],
    ['stale', source({ lastSuccessAt: minutesAgo(91) })],
    ['pending', source({ lastSuccessAt: null })],
    ['failing', source({ errorCode: 'source_unavailable' })],
    ['rate_limited', source({ errorCode: 'source_rate_limited' })],
    ['rate_limited', source({ errorCode: 'source_quota_spent', lastSuccessAt: null })],
  ] as const)('is %s', (status, state) => {
    expect(sourceStatus(state, now)).toBe(status);
  });
});

describe('overallStatus', () => {
  const failing = source({ errorCode: 'source_unavailable', lastSuccessAt: null });

  it('is healthy only when every source is', () => {
    expect(overallStatus([source({}), source({})], now)).toBe('healthy');
    expect(overallStatus([source({}), failing], now)).toBe('degraded');
  });

  it('is degraded, not unhealthy, before the first runs have ended', () => {
    expect(overallStatus([source({ lastSuccessAt: null }), failing], now)).toBe('degraded');
  });

  it('is degraded while a source that fails now still has data of late', () => {
    expect(overallStatus([source({ errorCode: 'drift', lastSuccessAt: minutesAgo(20) })], now)).toBe(
      'degraded',
    );
  });

  it('is unhealthy when nothing works', () => {
    expect(overallStatus([failing, failing], now)).toBe('unhealthy');
    expect(overallStatus([failing, source({ lastSuccessAt: minutesAgo(300) })], now)).toBe('unhealthy');
  });
});
