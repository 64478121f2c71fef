import type { GraphView } from '../graph/view.ts';

/** A word as a shell takes it: in quotes where it holds anything but letters, digits and `_ . / : @ % + = , -`. */
export function shellWord(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command that shows all that was looked at. */
export function inspectCommand({ model }: GraphView): string {
  return `onnx-margin inspect ${shellWord(model.path ?? 'MODEL')}`;
}
