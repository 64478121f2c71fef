import type { Report } from '../report.ts';
import { bytes } from '../text.ts';
import { type Html, html } from './html.ts';

/** What was made of what, by what, and how to do it again. */
export function provenanceSection({ version, source, options, environment, changes }: Report): Html {
  const { onnxruntime, node, platform } = environment;
  return html`<section id="provenance"><h2>Where this comes from</h2>
<dl><dt>source</dt><dd>${source.path}, ${bytes(source.bytes)}</dd>
<dt>sha256</dt><dd><code>${source.sha256}</code></dd>
<dt>made by</dt><dd>onnx-margin ${version}, Node ${node} on ${platform}${onnxruntime === null ? '' : `, ONNX Runtime ${onnxruntime}`}</dd></dl>
<details><summary>Options, as given; a config file with them does the same again</summary>
<pre>${JSON.stringify(options, null, 2)
    .split('\n')
    .map(
      (each) => html`${each}
`,
    )}</pre></details>
<details><summary>All ${changes.length} changes to the graphs</summary>
<div class="wide" role="region" aria-label="Changes" tabindex="0"><table>
<thead><tr><th scope="col">graph</th><th scope="col"></th><th scope="col">what</th><th scope="col">name</th></tr></thead>
<tbody>${changes.map(
    ({
      graph,
      kind,
      what,
      name,
      op,
    }) => html`<tr><td>${graph}</td><td>${kind}</td><td>${op ?? what}</td><td><code>${name}</code></td></tr>
`,
  )}</tbody></table></div></details></section>`;
}
