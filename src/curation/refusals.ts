import { ParametersInvalid, ProblemException } from '../common/problem.js';

/** What a decision is refused with: each says what to do instead. */

export function listingNotFound(source: string, sourceCoinId: string): ProblemException {
  return new ProblemException({
    status: 404,
    slug: 'listing-not-found',
    title: 'Listing not found',
    detail: `${source} lists nothing as ${JSON.stringify(sourceCoinId)}; /coins/{coin_id} shows each listing's source_coin_id.`,
  });
}

export function coinNotFound(coinId: string): ProblemException {
  return new ProblemException({
    status: 404,
    slug: 'coin-not-found',
    title: 'Coin not found',
    detail: `There is no coin ${coinId}; /data?q= searches by name and symbol.`,
  });
}

export function alreadyPinned(coinId: string): ProblemException {
  return new ProblemException({
    status: 409,
    slug: 'already-pinned',
    title: 'Already pinned',
    detail: `The listing is pinned to ${coinId} already; nothing was changed.`,
  });
}

export function alreadyApart(coinId: string): ProblemException {
  return new ProblemException({
    status: 409,
    slug: 'already-apart',
    title: 'Already apart',
    detail: `The listing is kept apart already, alone in ${coinId}; POST /identity/links links it to another coin.`,
  });
}

export function alreadyMerged(from: string, into: string): ProblemException {
  return new ProblemException({
    status: 409,
    slug: 'already-merged',
    title: 'Already merged',
    detail: `${from} has no listings any more, and leads to ${into}; to merge that one, name it in from.`,
  });
}

export function mergedWithItself(): ProblemException {
  return new ParametersInvalid([
    {
      parameter: 'into',
      message: 'into must be another coin than from: this one would be merged with itself',
    },
  ]);
}

export function decisionNotFound(decisionId: number): ProblemException {
  return new ProblemException({
    status: 404,
    slug: 'decision-not-found',
    title: 'Decision not found',
    detail: `There is no decision ${decisionId}; GET /identity/decisions lists them.`,
  });
}

export function alreadyUndone(decisionId: number): ProblemException {
  return new ProblemException({
    status: 409,
    slug: 'already-undone',
    title: 'Already undone',
    detail: `Decision ${decisionId} is undone already; to have it again, decide again.`,
  });
}

export function decidedSince(decisionId: number, later: string | undefined): ProblemException {
  return new ProblemException({
    status: 409,
    slug: 'decided-since',
    title: 'Decided again since',
    detail:
      later === undefined
        ? `What decision ${decisionId} decided does not hold any more; decide anew.`
        : `Decision ${later} is later and about the same listings or coins: POST /identity/decisions/${later}/undo first.`,
  });
}

export function placeTaken(source: string, sourceCoinId: string, coinId: string): ProblemException {
  return new ProblemException({
    status: 409,
    slug: 'place-taken',
    title: 'Place taken since',
    detail: `Since then ${source} ${sourceCoinId} has become ${coinId}, which would have two listings of ${source}: DELETE /identity/links splits it off first.`,
  });
}
