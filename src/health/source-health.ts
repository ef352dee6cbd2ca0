export type SourceStatus = 'healthy' | 'failing' | 'rate_limited' | 'stale' | 'pending';
export type OverallStatus = 'healthy' | 'degraded' | 'unhealthy';

export interface SourceState {
  readonly lastSuccessAt: Date | null;
  readonly errorCode: string | null;
  readonly scheduleMinutes: number;
}

/** A source that missed this many of its runs is behind, even if the last one went well. */
const MISSED_RUNS = 3;
const MINUTE_MS = 60_000;
const RATE_LIMITS = new Set(['source_rate_limited', 'source_quota_spent']);

function isCurrent(source: SourceState, now: Date): boolean {
  if (!source.lastSuccessAt) return false;
  // Short schedules would make a source stale between two ticks.
  const grace = Math.max(MISSED_RUNS * source.scheduleMinutes, 5) * MINUTE_MS;
  return now.getTime() - source.lastSuccessAt.getTime() <= grace;
}

export function sourceStatus(source: SourceState, now: Date): SourceStatus {
  if (source.errorCode !== null) return RATE_LIMITS.has(source.errorCode) ? 'rate_limited' : 'failing';
  if (!source.lastSuccessAt) return 'pending';
  return isCurrent(source, now) ? 'healthy' : 'stale';
}

/**
 * Unhealthy is for when nothing works: every source failing and none with data of late. One that works, or did
 * a moment ago, or has not had its first turn yet, leaves it at degraded.
 */
export function overallStatus(sources: readonly SourceState[], now: Date): OverallStatus {
  const statuses = sources.map((source) => sourceStatus(source, now));
  if (statuses.every((status) => status === 'healthy')) return 'healthy';
  const hope = sources.some((source, i) => statuses[i] === 'pending' || isCurrent(source, now));
  return hope ? 'degraded' : 'unhealthy';
}
