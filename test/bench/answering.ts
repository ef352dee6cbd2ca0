import type { Questions } from './questions.js';

interface Asked {
  readonly id: number;
  readonly kind: string;
  readonly question: unknown;
}

/** The near side of `BenchProcess.ask`: answers one kind of question for as long as the process lives. */
export function answering<Kind extends keyof Questions>(
  kind: Kind,
  answer: (question: Questions[Kind]['asked']) => Questions[Kind]['said'] | Promise<Questions[Kind]['said']>,
): void {
  process.on('message', (asked: Asked) => {
    if (asked.kind !== kind) return;
    Promise.resolve()
      .then(() => answer(asked.question as Questions[Kind]['asked']))
      .then(
        (given) => send({ id: asked.id, answer: given }),
        (error: unknown) => send({ id: asked.id, failed: String(error) }),
      );
  });
}

/** Says that the process can be used, and where it listens if it does. */
export function ready(url = ''): void {
  send({ url });
}

function send(message: object): void {
  if (!process.send) throw new Error('this file is run by the bench, in a process of its own');
  process.send(message);
}
