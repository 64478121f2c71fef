import { defineCommand } from './command.ts';
import { writeJson } from './io.ts';
import { JSON_OPTION } from './options.ts';
import { printInspection } from './print-inspection.ts';
import { withProgress } from './progress.ts';
import { line } from './text.ts';

export const inspect = defineCommand({
  name: 'inspect',
  describe: 'says what a model is, which layer would be replaced, and why others would not; changes nothing',
  positionals: { model: { help: 'an ONNX file' } },
  options: {
    graph: { kind: 'flag', help: 'print the graph as text instead' },
    ...JSON_OPTION,
  },
  parameters: {},
  examples: ['inspect classifier.onnx', 'inspect classifier.onnx --json'],
  async run({ positionals: { model: path }, options }, { out, err }) {
    // Not by way of the whole API: to look at a file must not cost the loading of what checks one.
    const [{ readModel }, { inspect }, { printGraph }] = await Promise.all([
      import('../model/read.ts'),
      import('../rewrite/inspect.ts'),
      import('../graph/print.ts'),
    ]);
    const { found, graph } = await withProgress(err, async (step) => {
      step(`reading ${path}`);
      const model = await readModel(path);
      step('looking for the tail');
      return { found: inspect(model), graph: options.graph ? printGraph(model) : null };
    });
    if (options.json) writeJson(out, graph === null ? found : { ...found, graph });
    else if (graph === null) printInspection(found, path, out);
    else for (const each of graph.trimEnd().split('\n')) line(out, each);
    return 0;
  },
});
