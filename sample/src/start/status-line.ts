/**
 * One line at the bottom of a terminal that is always up to date, below everything that is printed through it.
 * Where standard output is no terminal there is no such line, and printing is just printing.
 */
export class StatusLine {
  private line = '';
  private shown = '';

  constructor(private readonly stream: NodeJS.WriteStream) {}

  print(text: string): void {
    this.stream.write(`${this.clear()}${text}\n${this.line}`);
  }

  show(line: string): void {
    if (!this.stream.isTTY || line === this.shown) return;
    // a line that wraps could not be cleared: the terminal cuts it off instead
    const unwrapped = `\x1b[?7l${line}\x1b[?7h`;
    this.stream.write(`${this.clear()}${unwrapped}`);
    this.line = unwrapped;
    this.shown = line;
  }

  end(): void {
    this.stream.write(this.clear());
    this.line = '';
  }

  private clear(): string {
    return this.line === '' ? '' : '\r\x1b[2K';
  }
}
