/** Runs work that pauses now and then to its end. */
export function toEnd<T>(work: Iterator<void, T>): T {
  for (;;) {
    const piece = work.next();
    if (piece.done) return piece.value;
  }
}
