// The older name of dnf: it uses dnf where the host has it, else yum. All of it is in parts/dnf-*.ts.
import { dnfModule } from './parts/dnf-module.ts';

export const module = dnfModule('yum');
