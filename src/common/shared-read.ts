/**
 * One read for all who ask while another is under way. It begins when that has ended, which is after each of them
 * asked: nobody's answer is older than the question.
 */
export class SharedRead<T> {
  private running: Promise<void> | null = null;
  private next: Promise<T> | null = null;

  constructor(private readonly read: () => Promise<T>) {}

  ask(): Promise<T> {
    if (!this.running) return this.start();
    this.next ??= this.running.then(() => {
      this.next = null;
      return this.start();
    });
    return this.next;
  }

  private start(): Promise<T> {
    const reading = this.read();
    const end = (): void => {
      this.running = null;
    };
    this.running = reading.then(end, end);
    return reading;
  }
}
