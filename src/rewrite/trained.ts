import { viewGraph } from '../graph/view.ts';
import { withInitializers } from '../graph/with-initializers.ts';
import type { Taken } from '../heads/taken.ts';
import type { Weight } from '../tail/tail.ts';
import { headRows } from './head-rows.ts';
import type { Plan } from './plan.ts';

/** Tensors that training changes, by the names that the step graph has for them, row-major. */
export type Tensors = Readonly<Record<string, Float32Array>>;

/**
 * What training starts from: `weight` [C·K, D], `bias` [C] where the head keeps one, the numbers that it learns and its
 * states.
 */
export function startTensors(plan: Plan): Tensors {
  const { head, tail, needs } = plan;
  const numbers = Object.entries(needs.takes).flatMap(([name, taken]): [string, Float32Array][] => {
    const values = changingValues(taken);
    return values === null ? [] : [[name, Float32Array.from(values)]];
  });
  return {
    weight: headRows(plan),
    ...(head.keepsBias && tail.bias !== null ? { bias: tail.bias.rows() } : {}),
    ...Object.fromEntries(numbers),
  };
}

/** The values of something taken that training changes; null where it does not. */
export function changingValues(taken: Taken): readonly number[] | null {
  if (taken.kind === 'learned' || taken.kind === 'state') return [taken.initial];
  return taken.kind === 'perClass' && taken.trained === true ? taken.values : null;
}

/** The plan of a head that starts from these tensors; what is not among them starts as before. */
export function withTensors(plan: Plan, { weight, bias, ...numbers }: Tensors): Plan {
  const { tail, needs } = plan;
  const takes = Object.entries(needs.takes).map(([name, taken]): [string, Taken] => {
    const values = numbers[name];
    if (values === undefined) return [name, taken];
    if (taken.kind === 'perClass') return [name, { ...taken, values: [...values] }];
    return [name, 'initial' in taken ? { ...taken, initial: values[0] ?? Number.NaN } : taken];
  });
  const own = weight !== undefined && needs.centres === 1;
  return {
    ...plan,
    tail: {
      ...tail,
      ...(own
        ? { weight: { ...tail.weight, rows: (from, to) => rowsOf(weight, tail.weight, from, to) } }
        : {}),
      ...(bias !== undefined && tail.bias !== null ? { bias: { ...tail.bias, rows: () => bias } } : {}),
    },
    needs: { ...needs, takes: Object.fromEntries(takes) },
    trainedRows: weight ?? plan.trainedRows,
  };
}

/**
 * The plan of a model in which layers before the head hold other numbers: by what the model calls their tensors.
 * @throws MarginError BAD_DATA where there is no such tensor, or it has another number of elements
 */
export function withLayers(plan: Plan, tensors: Tensors): Plan {
  const { fixed } = plan;
  const model = withInitializers(plan.model, tensors);
  return {
    ...plan,
    model,
    fixed: fixed && { ...fixed, model: withInitializers(fixed.model, tensors) },
    view: viewGraph(model),
    trainedLayers: Object.keys(tensors),
  };
}

function rowsOf(weight: Float32Array, { classes, dim }: Weight, from = 0, to = classes): Float32Array {
  return weight.subarray(from * dim, to * dim);
}
