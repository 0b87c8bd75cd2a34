// A QR code as a picture that a camera and a screen reader understand.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { qrPath } from "../pass";

/** Level Q: a quarter may be dirty, folded or worn; M is for screens. */
export function Qr({ text, level, label }: { text: string; level: "M" | "Q"; label: string }): JSX.Element {
  const { path, side } = useMemo(() => qrPath(text, level), [text, level]);
  return <svg viewBox={`0 0 ${side} ${side}`} role="img" aria-label={label} shape-rendering="crispEdges"><path d={path} /></svg>;
}
