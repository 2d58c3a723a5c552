// One JSON object a line, as it happens: the form that scripts read (design.md 2). It writes nothing else.
import type { Reporter } from '../core/events.ts';
import type { ReporterOptions } from './index.ts';
import { asJson } from './text.ts';

export const ndjson = ({ write }: ReporterOptions): Reporter => ({ on: event => write(`${asJson(event)}\n`) });
