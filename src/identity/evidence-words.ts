import type { Edge } from './clusters.js';
import type { ReadEvidence } from './listing-evidence.js';
import { differingChain } from './veto.js';

/** What speaks against a pair and was outweighed: that too is for whoever asks why. */
export function despite(one: ReadEvidence, other: ReadEvidence): string {
  const chain = differingChain(one, other);
  return chain === null ? '' : `, though with different contracts on ${chain}, not known to be of one time`;
}

export function wordsFor(member: ReadEvidence, edges: readonly Edge[]): string[] {
  const own = edges.filter(({ one, other }) => one === member || other === member);
  if (own.length === 0)
    return edges.map(({ one, other, shared }) => `${title(one)} and ${title(other)}: ${shared}`);
  return own.map(({ one, other, shared }) => `with ${title(one === member ? other : one)}: ${shared}`);
}

function title({ listing }: ReadEvidence): string {
  return `${listing.source} ${listing.sourceCoinId}`;
}
