/*
 * Required by every process that is measured: says over IPC what the process has used. Ends with the process that
 * started it, however that ends.
 */
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { isMainThread } = require('node:worker_threads');

/** What the monitor adds to every delay: the time between two of its looks. */
const RESOLUTION_MS = 5;
const eventLoop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
const delayMs = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

const ANSWERS = {
  usage: () => {
    const { user, system } = process.cpuUsage();
    return {
      cpuSeconds: (user + system) / 1e6,
      residentMegabytes: process.memoryUsage.rss() / 2 ** 20,
      // Kilobytes, of the whole life of the process.
      peakMegabytes: process.resourceUsage().maxRSS / 1024,
    };
  },
  'watch event loop': () => {
    eventLoop.reset();
    eventLoop.enable();
    return true;
  },
  'event loop': () => {
    eventLoop.disable();
    return { p99Ms: delayMs(eventLoop.percentile(99)), maxMs: delayMs(eventLoop.max) };
  },
};

// What is asked of the process is asked of its first thread.
if (isMainThread) {
  process.on('message', ({ id, kind }) => {
    const answer = ANSWERS[kind];
    if (answer) process.send({ id, answer: answer() });
  });
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // Listening for messages keeps nobody alive who wants to end.
  process.channel.unref();
}
