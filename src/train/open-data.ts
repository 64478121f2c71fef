import { fileDigest } from '../model/digest.ts';
import type { Plan } from '../rewrite/plan.ts';
import { openInputs, readLabels, type SavedInputs } from '../validate/saved-inputs.ts';
import { checkClasses } from './classes.ts';

/** Samples and labels in files, checked as far as they can be before anything runs. */
export interface OpenData {
  readonly inputs: SavedInputs;
  /** How many labels a sample has. */
  readonly each: number;
  readonly labels: readonly number[];
  /** SHA-256 of the files. */
  readonly digests: { readonly data: string; readonly labels: string };
}

/** Opens the files and looks at the labels. @throws MarginError BAD_DATA */
export function openData(
  plan: Plan,
  { data, labels: labelFile }: { readonly data: string; readonly labels: string },
  allowEmpty: boolean,
): OpenData {
  const inputs = openInputs(plan.view, data);
  const { each, labels } = readLabels(labelFile, inputs.count);
  const { classes } = plan.tail.weight;
  checkClasses(labels, { classes, ignoreIndex: plan.ignoreIndex, allowEmpty, source: labelFile });
  return { inputs, each, labels, digests: { data: fileDigest(data), labels: fileDigest(labelFile) } };
}
