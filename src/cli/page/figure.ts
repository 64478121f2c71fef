import { type Html, html, trusted } from './html.ts';

/** The size that charts are drawn for: letters stay readable on a telephone. */
export const FIGURE = { width: 336, height: 300 };

/** A chart with what is to be seen in it. */
export function figure(svg: string, caption: Html): Html {
  return html`<figure class="card">${trusted(svg)}<figcaption>${caption}</figcaption></figure>`;
}

/** What a colour stands for. */
export function key(series: 1 | 2, text: string): Html {
  return html`<span class="key key-${series}">${text}</span>`;
}
