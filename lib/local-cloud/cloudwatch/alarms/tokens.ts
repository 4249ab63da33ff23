export interface Token {
  readonly kind: string;
  readonly text: string;
}

/**
 * Splits a text by named patterns, which are tried in order at each position. Spaces between tokens are skipped.
 * @throws Error if none matches
 */
export function tokenise(text: string, patterns: Readonly<Record<string, RegExp>>): Token[] {
  const tokens: Token[] = [];
  const sticky = Object.entries(patterns).map(([kind, { source }]) => ({ kind, pattern: new RegExp(source, 'y') }));
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const found = match(at);
    tokens.push(found);
    at += found.text.length;
  }
  return tokens;

  function match(at: number): Token {
    for (const { kind, pattern } of sticky) {
      pattern.lastIndex = at;
      const [found] = pattern.exec(text) ?? [];
      if (found) return { kind, text: found };
    }
    throw new Error(`"${text.slice(at, at + 20)}" is not valid`);
  }
}

/** Reads a list of tokens one by one. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  /** @throws Error at the end */
  take(): Token {
    const token = this.peek();
    if (!token) throw new Error('it ends too early');
    this.#next += 1;
    return token;
  }

  /** Takes the next token if it is this text. */
  accept(text: string): boolean {
    if (this.peek()?.text !== text) return false;
    this.#next += 1;
    return true;
  }

  /** @throws Error if the next token differs */
  expect(text: string): void {
    const { text: found } = this.peek() ?? { text: 'the end' };
    if (!this.accept(text)) throw new Error(`${text} is expected, not ${found}`);
  }

  /** @throws Error if a token is left */
  expectEnd(): void {
    const left = this.peek();
    if (left) throw new Error(`nothing is expected after the end, not ${left.text}`);
  }
}
