// The version of this package, from its own package.json.
import own from '../../package.json' with { type: 'json' };

export const version: string = own.version;
