// QR codes of passes, and what a printed one says: a random text that only the registry makes anything of.
import { correction, generate } from "lean-qr";

// Crockford's base32: no letter that is taken for a digit. 26 of them are 130 bits, and a small QR code.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", codeLength = 26;

export function newCode(): string {
  const random = crypto.getRandomValues(new Uint8Array(codeLength));
  return Array.from(random, (byte) => alphabet[byte % alphabet.length] ?? "").join("");
}

/** For eyes and hands, where the camera cannot read it. */
export const grouped = (code: string): string => code.replace(/(.{5})(?=.)/g, "$1 ");

/** The dark modules as one path of unit squares, and the side, quiet zone of four modules included. */
export function qrPath(text: string, level: "M" | "Q"): { path: string; side: number } {
  const code = generate(text, { minCorrectionLevel: correction[level] });
  const quiet = 4;
  let path = "";
  for (let y = 0; y < code.size; y++)
    for (let x = 0; x < code.size; x++) if (code.get(x, y)) path += `M${x + quiet} ${y + quiet}h1v1h-1z`;
  return { path, side: code.size + 2 * quiet };
}
