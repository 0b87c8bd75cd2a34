// Finds what people type: without regard to case and marks, đ as d.
export const plain = (text: string): string =>
  text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();

export function matches(wanted: string, ...texts: (string | null | undefined)[]): boolean {
  const words = plain(wanted).split(/\s+/).filter((word) => word !== "");
  const all = plain(texts.filter((text) => text).join(" "));
  return words.every((word) => all.includes(word));
}
