/**
 * Reads TypeScript without parsing it: tells code, comments and literals apart, so that a rule about code is not
 * fooled by a sentence in a comment. The code has the length of the text, with blanks where something else stands:
 * an offset in one is an offset in the other.
 */

/** One file as the rules see it. */
export interface Source {
  /** Path from the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Code alone: comments and what stands between quotes are blanked, the quotes themselves stay. */
  readonly code: string;
}

/** The line (from 1) of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

/** Takes TypeScript apart; any other file is all code. */
export function readSource(path: string, text: string): Source {
  if (!path.endsWith(".ts")) return { path, text, code: text };
  const code = text.split("");
  for (const { from, to } of spans(text)) {
    for (let i = from; i < to; i++) if (code[i] !== "\n") code[i] = " ";
  }
  return { path, text, code: code.join("") };
}

/** What is no code: a comment whole, a literal without its quotes. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Before a `/`, these end an expression's beginning: what follows is a regular expression, not a division. */
const BEFORE_REGEXP = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|=>|\b(?:return|typeof|case|in|of|do|else|throw|yield|await))\s*$/;

function spans(text: string): Span[] {
  const found: Span[] = [];
  /** Depth of `{` at which each open template literal goes on. */
  const templates: number[] = [];
  let depth = 0;
  /** The last few characters of code; a literal leaves its quote, a comment nothing. */
  let before = "";
  let i = 0;
  while (i < text.length) {
    const c = text[i];
    const two = text.slice(i, i + 2);
    if (two === "//" || two === "/*" || (i === 0 && two === "#!")) {
      const end = two === "/*" ? text.indexOf("*/", i + 2) + 2 : text.indexOf("\n", i);
      const to = end <= 1 ? text.length : end;
      found.push({ from: i, to });
      i = to;
    } else if (c === '"' || c === "'") {
      const to = endOfQuoted(text, i + 1, c);
      found.push({ from: i + 1, to });
      i = to + 1;
      before = c;
    } else if (c === "`" || (c === "}" && templates.at(-1) === depth)) {
      if (c === "}") templates.pop();
      const to = endOfTemplatePart(text, i + 1);
      found.push({ from: i + 1, to });
      if (text[to] === "$") templates.push(depth);
      i = to + (text[to] === "$" ? 2 : 1);
      before = text[to] === "$" ? "{" : "`";
    } else if (c === "/" && BEFORE_REGEXP.test(before)) {
      const to = endOfRegExp(text, i + 1);
      found.push({ from: i + 1, to });
      i = to + 1;
      before = "/";
    } else {
      before = (before + c).slice(-12);
      if (c === "{") depth++;
      if (c === "}") depth--;
      i++;
    }
  }
  return found;
}

/** Where the closing quote stands. A quoted literal ends with its line at the latest. */
function endOfQuoted(text: string, from: number, quote: string): number {
  let i = from;
  while (i < text.length && text[i] !== quote && text[i] !== "\n") i += text[i] === "\\" ? 2 : 1;
  return Math.min(i, text.length);
}

/** Where this part of a template literal ends: at its closing backtick or at the `$` of the next `${`. */
function endOfTemplatePart(text: string, from: number): number {
  let i = from;
  while (i < text.length && text[i] !== "`" && text.slice(i, i + 2) !== "${") i += text[i] === "\\" ? 2 : 1;
  return Math.min(i, text.length);
}

/** Where the closing slash stands; one inside brackets does not close. */
function endOfRegExp(text: string, from: number): number {
  let bracket = false;
  let i = from;
  while (i < text.length && text[i] !== "\n" && (bracket || text[i] !== "/")) {
    if (text[i] === "[") bracket = true;
    if (text[i] === "]") bracket = false;
    i += text[i] === "\\" ? 2 : 1;
  }
  return Math.min(i, text.length);
}
