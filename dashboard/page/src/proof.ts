// The proof behind a bound pass: that this phone has its key, now. docs/passes.md; COSE_Sign1 is RFC 9052, ES256 its section 2.1 of RFC 9053.
import { decode, encode } from "./base45";

const prefix = "ST1:";
const es256 = [0x43, 0xa1, 0x01, 0x26]; // the protected header {1: -7}, as a byte string
const signature1 = [0x6a, ...new TextEncoder().encode("Signature1")];

/** A CBOR byte string with the shortest head. */
function byteString(bytes: Uint8Array): number[] {
  const { length } = bytes;
  const head = length < 24 ? [0x40 + length] : length < 256 ? [0x58, length] : [0x59, length >> 8, length & 0xff];
  return [...head, ...bytes];
}

/** {6: iat}, of whole seconds. */
function claims(atMs: number): Uint8Array {
  const iat = Math.floor(atMs / 1000);
  return new Uint8Array([0xa1, 0x06, 0x1a, iat >>> 24, (iat >>> 16) & 0xff, (iat >>> 8) & 0xff, iat & 0xff]);
}

const signature = async (key: CryptoKey, signed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, signed));

/** What somebody declares, as config/openapi.json says (/pass/declaration): base64. */
export async function signDeclaration(pass: string, key: CryptoKey, result: string, at: string): Promise<string> {
  return btoa(String.fromCharCode(...await signature(key, new TextEncoder().encode(["stile-declaration", pass, result, at].join("\n")))));
}

/** The text to show at that moment. Null: the text is no pass. */
export async function prove(pass: string, key: CryptoKey, atMs: number): Promise<string | null> {
  const bytes = pass.startsWith(prefix) ? decode(pass.slice(prefix.length)) : null;
  if (!bytes) return null;
  const payload = byteString(claims(atMs));
  const signed = new Uint8Array([0x84, ...signature1, ...es256, ...byteString(bytes), ...payload]);
  return prefix + encode(new Uint8Array([...bytes, 0x84, ...es256, 0xa0, ...payload, ...byteString(await signature(key, signed))]));
}
