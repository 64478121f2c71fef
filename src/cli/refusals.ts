import { MarginError } from '../errors.ts';

/** The refusal to rewrite without being told with which head. */
export function noHead(): MarginError {
  return new MarginError({
    code: 'BAD_USAGE',
    message: 'Which head is to be put in?',
    saw: 'no --head',
    expected: '--head NAME',
    tryThis: ['--head arcface', 'onnx-margin heads'],
  });
}
