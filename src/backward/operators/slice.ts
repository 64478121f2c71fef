import { givenInts } from '../../graph/constants.ts';
import { axisOf } from '../../graph/dims.ts';
import { operator, type Site } from '../operator.ts';
import { type Piece, placed } from '../placed.ts';

/** Pieces of some axes, by stored bounds: put back one axis after the other. */
export const slice = operator(
  'dX = dY in its place, 0 elsewhere',
  (s) => {
    const pieces = piecesOf(s);
    if (pieces.length > 1 && pieces.some(({ step }) => step !== 1)) {
      return s.refuse('takes steps along several axes at once');
    }
    const shape = s.shape(s.input(0));
    // What each piece was taken from, the pieces before it taken already.
    const cuts = [s.input(0)];
    for (const { axis, start, end } of pieces.slice(0, -1)) {
      cuts.push(s.slice(cuts.at(-1) ?? '', axis, start, end));
    }
    const whole = pieces.reduceRight(
      (up, piece, i) => placed(s, up, cuts[i] ?? '', shape[piece.axis] ?? null, piece),
      s.up(),
    );
    return [whole];
  },
  { except: 'bounds that are computed at run time' },
);

function piecesOf(s: Site): Piece[] {
  const rank = s.shape(s.input(0)).length;
  const list = (name: string, index: number) => {
    const given = givenInts(s.view, s.node, name, index);
    return given === 'computed' ? (s.held(s.input(index)) ?? given) : given;
  };
  const [starts, ends, axes, steps] = [list('starts', 1), list('ends', 2), list('axes', 3), list('steps', 4)];
  if (typeof starts === 'string' || typeof ends === 'string' || axes === 'computed' || steps === 'computed') {
    return s.refuse('has bounds that are computed at run time');
  }
  return starts.map((start, i) => ({
    axis: axisOf(axes === 'absent' ? i : (axes[i] ?? i), rank),
    start,
    end: ends[i] ?? 0,
    step: steps === 'absent' ? 1 : (steps[i] ?? 1),
  }));
}
