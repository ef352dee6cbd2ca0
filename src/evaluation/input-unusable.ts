/** What was asked for can't be done as asked. The message is one line and says what to do. */
export class InputUnusable extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message.replace(/\s+/gu, ' '), options);
    this.name = 'InputUnusable';
  }
}
