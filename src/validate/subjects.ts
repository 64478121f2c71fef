import { MarginError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import { readModel } from '../model/read.ts';
import type { Plan } from '../rewrite/plan.ts';
import { type GraphKind, type Subject, subjectOf } from './recipe.ts';

/** The graphs to be checked: models, or paths of files. */
export type Graphs = { readonly [K in GraphKind]?: Model | string };

export type AnySubject = Subject | Subject<'step'>;

export const isStep = (subject: AnySubject): subject is Subject<'step'> => subject.kind === 'step';

/**
 * The graphs that are to be checked, each with what it says of its making; they must belong together.
 * @throws MarginError BAD_USAGE where they do not, or where there are none
 */
export async function subjectsOf(
  model: Model,
  graphs: Graphs,
): Promise<readonly [AnySubject, ...AnySubject[]]> {
  const subjects: AnySubject[] = [];
  for (const kind of ['train', 'infer', 'step'] as const) {
    const graph = graphs[kind];
    if (graph === undefined) continue;
    const read = typeof graph === 'string' ? await readModel(graph) : graph;
    subjects.push(kind === 'step' ? subjectOf(kind, read, model) : subjectOf(kind, read, model));
  }
  const [first] = subjects;
  if (first === undefined) {
    throw new MarginError({
      code: 'BAD_USAGE',
      message: 'There is no graph to check.',
      expected: 'train, infer, step, or several of them',
    });
  }
  refuseOtherLayers(first, subjects);
  refuseHalfTrained(subjects);
  return [first, ...subjects.slice(1).map((each) => ({ ...each, plan: likeTrained(each.plan, first.plan) }))];
}

function refuseOtherLayers({ plan: { tail: a } }: AnySubject, subjects: readonly AnySubject[]): void {
  const odd = subjects.find(
    ({ plan: { tail: b } }) =>
      a.embedding.value !== b.embedding.value ||
      a.logits !== b.logits ||
      a.weight.classes !== b.weight.classes,
  );
  if (odd === undefined) return;
  throw new MarginError({
    code: 'BAD_USAGE',
    message: 'The graphs were made from different layers of the model, so they do not belong together.',
    saw: `${a.nodeLabel} and ${odd.plan.tail.nodeLabel}`,
    expected: 'graphs of one rewrite',
    tryThis: ['check them one at a time: --train FILE, then --infer FILE'],
  });
}

/** The graph of a step holds no class rows: it belongs to a pair before training and after. */
function refuseHalfTrained(subjects: readonly AnySubject[]): void {
  const pair = subjects.filter((subject) => !isStep(subject));
  const trained = pair.filter(({ plan }) => plan.trainedRows !== null);
  if (trained.length === 0 || trained.length === pair.length) return;
  throw new MarginError({
    code: 'BAD_USAGE',
    message: 'One of the two graphs was trained and the other was not, so they are no pair.',
    saw: `${trained[0]?.kind} is trained, and the other is not`,
    expected: 'graphs of one training, or of one rewrite',
    tryThis: ['check them one at a time: --train FILE, then --infer FILE'],
  });
}

/** Of a trained pair the training graph has the rows as they are, and the others must agree with them. */
function likeTrained(plan: Plan, { trainedRows, tail, needs }: Plan): Plan {
  if (trainedRows === null) return plan;
  return { ...plan, trainedRows, needs, tail: { ...plan.tail, weight: tail.weight, bias: tail.bias } };
}
