// Packages of Fedora and EL by dnf. All of it is in parts/dnf-*.ts.
import { dnfModule } from './parts/dnf-module.ts';

export const module = dnfModule('dnf');
