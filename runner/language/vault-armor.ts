// What age armour holds, remembered: it opens slowly and elsewhere, while values are read at once. It reads no key itself.
import { Faulty } from './signals.ts';
import { decryptAge, type AgeKeys } from './vault-age.ts';

export interface Armors {
  /** The plain bytes, or why they cannot be had. */
  open(armor: string): Promise<Uint8Array | string>;
  /** What was opened before; what was not is opened by the next openAll. */
  now(armor: string): Uint8Array | string | undefined;
  /** Opens all armour in the texts, and what `now` did not have. False where nothing was new. */
  openAll(texts: readonly string[]): Promise<boolean>;
}

/** One form, however deep it was indented. */
const normal = (armor: string): string => armor.trim().replaceAll(/\s*\n\s*/g, '\n');
const blocks = /-----BEGIN AGE ENCRYPTED FILE-----[\s\S]*?-----END AGE ENCRYPTED FILE-----/g;

/** An identity that cannot be read is a reason too. */
async function decrypted(armor: string, keys: () => AgeKeys): Promise<Uint8Array | string> {
  try {
    return await decryptAge(armor, keys());
  } catch (error) {
    if (error instanceof Faulty) return error.faults.map(({ what, why }) => `${what}: ${why}`).join('; ');
    throw error;
  }
}

export function createArmors(keys: () => AgeKeys): Armors {
  const opened = new Map<string, Uint8Array | string>();
  const wanted = new Set<string>();
  const open = async (armor: string): Promise<Uint8Array | string> => {
    const key = normal(armor);
    const plain = opened.get(key) ?? (await decrypted(key, keys));
    opened.set(key, plain);
    return plain;
  };
  return {
    open,
    now(armor) {
      const plain = opened.get(normal(armor));
      if (plain === undefined) wanted.add(normal(armor));
      return plain;
    },
    async openAll(texts) {
      const found = [...wanted, ...texts.flatMap(text => text.match(blocks) ?? []).map(normal)].filter(key => !opened.has(key));
      wanted.clear();
      for (const armor of found) await open(armor);
      return found.length > 0;
    },
  };
}
