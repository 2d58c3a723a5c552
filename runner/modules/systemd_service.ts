// The newer name of `systemd`; it adds nothing.
export { module } from './systemd.ts';
