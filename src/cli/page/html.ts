import { printable } from '../io.ts';

/** Markup that is safe to put into a page: made here, or escaped. */
export interface Html {
  readonly markup: string;
}

type Content = Html | string | number | null | readonly Content[];

/** A template of markup. What is put in is text and gets escaped, unless it is markup already. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return {
    markup: parts.map((part, i) => part + (i < values.length ? markupOf(values[i] ?? null) : '')).join(''),
  };
}

/** Markup that this program made itself, such as a chart. Never for anything that came from a model or a user. */
export function trusted(markup: string): Html {
  return { markup };
}

function markupOf(content: Content): string {
  if (content === null) return '';
  if (typeof content === 'string' || typeof content === 'number') return escaped(String(content));
  return 'markup' in content ? content.markup : content.map(markupOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
