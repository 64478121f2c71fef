/** Whether a path is a pattern rather than a name. */
export const isPattern = (path: string) => /[*?{]/.test(path);

/** The folder that everything a pattern stands for lies in: its steps before the first that is no plain name. */
export function baseOf(pattern: string): string {
  const steps = pattern.split('/');
  const plain = steps.slice(0, steps.findIndex(isPattern));
  return plain.join('/') || (pattern.startsWith('/') ? '/' : '.');
}

/** The parts that patterns are made of, each with the expression that it stands for; the first that fits counts. */
const PARTS: readonly (readonly [RegExp, (text: string) => string])[] = [
  [/^\*\*\//, () => '(?:[^/]+/)*'],
  [/^\*\*$/, () => '.*'],
  [/^\*+/, () => '[^/]*'],
  [/^\?/, () => '[^/]'],
  [/^\{[^{}]*\}/, (text) => `(?:${text.slice(1, -1).split(',').map(bodyOf).join('|')})`],
  [/^./s, (text) => text.replace(/[.*+?^${}()|[\]\\]/, '\\$&')],
];

function bodyOf(pattern: string): string {
  let body = '';
  for (let rest = pattern; rest !== ''; ) {
    const [text, write] = PARTS.map(([part, write]) => [part.exec(rest)?.[0], write] as const).find(
      ([text]) => text !== undefined,
    ) ?? [rest, String];
    body += write(text ?? '');
    rest = rest.slice(text?.length);
  }
  return body;
}

/**
 * What a path must be to fit a pattern: `*` and `?` are any letters of one name and one of them, `{a,b}` one of some words,
 * and a step `**` any number of folders.
 */
export const globExpression = (pattern: string): RegExp => new RegExp(`^${bodyOf(pattern)}$`, 's');
