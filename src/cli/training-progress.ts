import type { Progress } from '../index.ts';
import type { Sink } from './io.ts';
import type { Step } from './progress.ts';
import { dim, line, short } from './text.ts';

/** How often a line is written where lines stay, and where one can be written over. */
const STAYING = 5000;
const LIVE = 100;

const BAR = 20;

/** Tells how far training is: one line that is written over on a terminal, and now and then a line elsewhere. */
export function trainingProgress(sink: Sink, step: Step): (progress: Progress) => void {
  let last = performance.now();
  let phase = '';
  const begin = (next: string, what: string) => {
    if (phase === next && next !== 'preparing') return;
    phase = next;
    step(what);
  };
  const tell = (text: string, isLast: boolean) => {
    const now = performance.now();
    if (!isLast && now - last < (sink.live ? LIVE : STAYING)) return;
    last = now;
    if (sink.live) sink.write(`\r\u001b[K${text}${isLast ? '\n' : ''}`);
    else line(sink, dim(text));
  };
  return (progress) => {
    if (progress.phase === 'preparing') begin('preparing', progress.what);
    else if (progress.phase === 'embedding') {
      begin('embedding', 'embedding the samples');
      const { done, total } = progress;
      if (done > 0) tell(`${barText(done / total)} ${done} of ${total} samples`, false);
    } else {
      begin('training', 'training');
      tell(trainingText(progress), progress.step === progress.steps);
    }
  };
}

const barText = (part: number) => {
  const filled = Math.round(BAR * part);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`;
};

function trainingText({
  epoch,
  epochs,
  step,
  steps,
  loss,
  targetAngle,
  secondsLeft,
}: Extract<Progress, { phase: 'training' }>): string {
  return [
    `${barText(step / steps)} epoch ${epoch}/${epochs}`,
    `loss ${short(loss)}`,
    ...(targetAngle === null ? [] : [`${targetAngle.toFixed(1)}° to the own class`]),
    `${timeText(secondsLeft)} left`,
  ].join(' · ');
}

function timeText(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}
