/** Where the lines of the log go, whole and in order, whoever made them. */
export abstract class LogOutput {
  abstract write(line: string): void;
}
