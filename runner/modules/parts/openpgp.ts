// The fingerprint of the first public key in an OpenPGP file, armoured or not. Pure; it checks no signature.
import { createHash } from 'node:crypto';

function dearmour(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const [, body] =
    /-----BEGIN PGP PUBLIC KEY BLOCK-----[^\n]*\n(?:[^\n]*:[^\n]*\n)*\s*\n([\s\S]*?)(?:\n=[\w+/]{4})?\s*-----END/.exec(text) ??
    [];
  return body === undefined ? bytes : Buffer.from(body.replace(/\s/g, ''), 'base64');
}

interface Packet {
  readonly tag: number;
  readonly start: number;
  readonly length: number;
}

/** Old and new headers of RFC 4880, 4.2; a key comes in one piece. */
function firstPacket(bytes: Buffer): Packet | null {
  const head = bytes[0] ?? 0;
  if ((head & 0x80) === 0) return null;
  if ((head & 0x40) === 0) {
    const kind = head & 3;
    if (kind === 3) return null;
    const size = 1 << kind;
    return bytes.length < 1 + size ? null : { tag: (head >> 2) & 15, start: 1 + size, length: bytes.readUIntBE(1, size) };
  }
  const first = bytes[1] ?? 0;
  if (first < 192) return { tag: head & 63, start: 2, length: first };
  if (first < 224) return { tag: head & 63, start: 3, length: ((first - 192) << 8) + (bytes[2] ?? 0) + 192 };
  return first === 255 && bytes.length > 6 ? { tag: head & 63, start: 6, length: bytes.readUInt32BE(2) } : null;
}

/** Version 4 alone: SHA-1 over 0x99, the length and the packet. Null where there is no such key. */
export function keyFingerprint(file: Buffer): string | null {
  const bytes = dearmour(file);
  const packet = firstPacket(bytes);
  if (!packet || packet.tag !== 6 || bytes[packet.start] !== 4) return null;
  const body = bytes.subarray(packet.start, packet.start + packet.length);
  const head = Buffer.from([0x99, body.length >> 8, body.length & 255]);
  return createHash('sha1').update(head).update(body).digest('hex').toUpperCase();
}
