// The diffs of one result for the terminal. Imported only with --diff, since jsdiff comes with it.
import { unifiedDiff } from '../core/diff.ts';
import type { DiffPart, HandlerResult, TaskResult } from '../core/events.ts';
import { type Paint, visible } from './text.ts';

export function diffLines(event: TaskResult | HandlerResult, paint: Paint): readonly string[] {
  return event.diff.flatMap(part => {
    const lines = linesOf(part);
    if (lines.length === 0) return [];
    return [
      paint('bold', `           --- ${visible(part.target)}`),
      ...lines.map(line => `           ${color(visible(line), paint)}`),
    ];
  });
}

function linesOf(part: DiffPart): readonly string[] {
  return 'unified' in part ? part.unified.replace(/\n$/, '').split('\n') : unifiedDiff(part.before, part.after);
}

function color(line: string, paint: Paint): string {
  if (line.startsWith('+')) return paint('green', line);
  if (line.startsWith('-')) return paint('red', line);
  return line.startsWith('@@') ? paint('cyan', line) : line;
}
