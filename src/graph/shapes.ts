import { plausible } from './dims.ts';
import { heldSizes } from './held-sizes.ts';
import { MORE_SHAPE_RULES } from './more-shapes.ts';
import { sparseName } from './names.ts';
import { MANY_OUTPUTS, SHAPE_RULES, type Site } from './shape-rules.ts';
import type { Dim, Shape, ValueFacts } from './value-info.ts';
import { declaredFacts, sparseFacts, tensorFacts, UNKNOWN } from './value-info.ts';
import type { GraphView } from './view.ts';
import { isStandard, operatorOf } from './view.ts';

/** What is known of a value's element type and shape. */
export type Shapes = (value: string) => ValueFacts;

/** What operators do is certain; what a file declares may be stale. So a declaration only fills what is not known. */
function merged(certain: ValueFacts, declared: ValueFacts): ValueFacts {
  const element = certain.element ?? declared.element;
  const [shape, told] = [plausible(certain.shape), plausible(declared.shape)];
  if (shape === null) return { element, shape: told };
  const filler = told?.length === shape.length ? told : null;
  return { element, shape: shape.map((dim, axis): Dim => dim ?? filler?.[axis] ?? null) };
}

/** What its operator makes of one output of a node; nothing where there is no rule. */
function ruled(site: Site, output: number): ValueFacts {
  const { opType = '' } = site.node;
  const covered = isStandard(site.node) && (output === 0 || MANY_OUTPUTS.has(opType));
  const rule = covered ? SHAPE_RULES.get(opType) : undefined;
  return (rule ?? MORE_SHAPE_RULES.get(operatorOf(site.node)))?.(site, output) ?? UNKNOWN;
}

/**
 * Goes through a graph once, in file order, and gathers what is known of each value: from stored tensors and inputs
 * through the operators, and from the file's own declarations where those say more. Rank and element type are what
 * matters; dimensions are known where that is easy.
 */
export function inferShapes(view: GraphView): Shapes {
  const facts = new Map<string, ValueFacts>();
  const settle = (value: string, certain: ValueFacts) => {
    const all = merged(certain, declaredFacts(view.valueInfo(value)));
    facts.set(value, all);
    return all;
  };
  const known: Shapes = (value) => (value === '' ? UNKNOWN : (facts.get(value) ?? settle(value, UNKNOWN)));
  const sizes = heldSizes(view, known);
  for (const tensor of view.graph.initializer) settle(tensor.name ?? '', tensorFacts(tensor));
  for (const tensor of view.graph.sparseInitializer) settle(sparseName(tensor), sparseFacts(tensor));
  for (const node of view.nodes) {
    const input = (index: number) => known(node.input[index] ?? '');
    const held = (index: number) => sizes(node.input[index] ?? '');
    for (const [output, value] of node.output.entries())
      settle(value, ruled({ view, node, input, held }, output));
  }
  return known;
}

/** The size of an axis counted from the front or (negative) from the back, where it is a known number. */
export function sizeAt(shape: Shape | null, axis: number): number | null {
  const dim = shape?.at(axis);
  return typeof dim === 'number' ? dim : null;
}
