import { type PlotOptions, plot } from '@observablehq/plot';
import { DOMImplementation, type Element, XMLSerializer } from '@xmldom/xmldom';
import type { Theme } from './theme.ts';

/** An element of SVG, as charts are made of them. */
export type Svg = Element;

const SVG = 'http://www.w3.org/2000/svg';

/** Where charts are made: a document of their own, without a browser. */
const document = new DOMImplementation().createDocument('http://www.w3.org/1999/xhtml', 'html');

/** What a chart shows, for those who do not see it. */
export interface Caption {
  readonly title: string;
  readonly description: string;
}

/** A chart as an `svg` element that stands for itself: no style sheet, no class, no name that another could have. */
export function chart(options: PlotOptions, { ink }: Theme, caption: Caption): Svg {
  const svg: Svg = plot({
    ...options,
    document,
    style: undefined,
    className: 'plot',
  });
  for (const style of [...svg.getElementsByTagName('style')]) style.parentNode?.removeChild(style);
  svg.removeAttribute('class');
  svg.setAttribute('color', ink);
  svg.setAttribute('font-size', '11');
  return described(svg, caption);
}

/** An element of SVG with attributes and what is in it. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content: readonly (Svg | string)[] = [],
): Svg {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  for (const each of content) {
    made.appendChild(typeof each === 'string' ? document.createTextNode(each) : each);
  }
  return made;
}

/** Title and description as readers of screens look for them: first in the element, and only there. */
export function described(svg: Svg, { title, description }: Caption): Svg {
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', title);
  const words = [element('title', {}, [title]), element('desc', {}, [description])];
  for (const word of words.reverse()) svg.insertBefore(word, svg.firstChild);
  return svg;
}

export function svgText(svg: Svg): string {
  return new XMLSerializer().serializeToString(svg);
}
