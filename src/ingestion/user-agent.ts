/** Equal to package.json's; a test holds the two together, for a module of either kind can't read that file alike. */
const VERSION = '0.1.0';

/** CoinGecko answers 403 to a client that doesn't say who it is. */
export const USER_AGENT = `Mintmark/${VERSION} (self-hosted market data; +https://github.com/mintmark/mintmark)`;
