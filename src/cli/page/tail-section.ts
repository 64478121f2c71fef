import { shapeText } from '../print-inspection.ts';
import type { Report } from '../report.ts';
import { type Html, html } from './html.ts';

type Graph = 'train' | 'infer';

interface Step {
  readonly what: string;
  readonly name: string;
  readonly kind: 'kept' | 'gone' | 'new';
}

/** The end of the model before, and the ends of the two graphs that were made. */
export function tailSection({ tail, changes, head, options }: Report): Html {
  const embedding: Step = {
    what: `embedding ${shapeText(tail.embeddingShape)}`,
    name: tail.embedding,
    kind: 'kept',
  };
  const rows: Step = {
    what: `${tail.classes} class rows of ${tail.dim} numbers`,
    name: tail.weight ?? 'new ones',
    kind: 'new',
  };
  const changed = (graph: Graph, kind: 'added' | 'removed', what: string) =>
    changes.filter((each) => each.graph === graph && each.kind === kind && each.what === what);
  // Below IR 4 every constant of a head is an input as well, which nobody feeds.
  const names = (graph: Graph, what: string) =>
    changed(graph, 'added', what)
      .flatMap(({ name }) => (name.startsWith('margin/') ? [] : [name]))
      .join(', ');
  const gone = changed('train', 'removed', 'node').map(
    ({ name, op = '' }): Step => ({ what: op, name, kind: 'gone' }),
  );
  const output: Step = { what: 'output', name: tail.output, kind: gone.length > 0 ? 'gone' : 'kept' };
  const made: Readonly<Record<Graph, Html>> = {
    train: card(
      'Training graph',
      [
        embedding,
        rows,
        { what: head.formula, name: head.name, kind: 'new' },
        { what: names('train', 'output'), name: `from ${names('train', 'input')}`, kind: 'new' },
      ],
      `${changed('train', 'added', 'node').length} nodes added`,
    ),
    infer: card(
      'Inference graph',
      [embedding, rows, { what: names('infer', 'output'), name: 'output', kind: 'new' }],
      `${changed('infer', 'added', 'node').length} nodes added`,
    ),
  };
  const shown = (['train', 'infer'] as const).filter(
    (graph) => options['only'] === undefined || options['only'] === graph,
  );
  return html`<section id="tail"><h2>The tail, before and after</h2>
<div class="cards">
${card('Before', [embedding, ...gone, output])}
${shown.map((graph) => made[graph])}
</div></section>`;
}

function card(title: string, steps: readonly Step[], note = ''): Html {
  return html`<div class="card"><h3>${title}</h3>
<ol class="flow">${steps.map(({ what, name, kind }) => html`<li class="${kind}">${what}<small><code>${name}</code></small></li>`)}</ol>
<p class="muted">${note}</p></div>`;
}
