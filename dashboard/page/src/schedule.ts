// The periods of a schedule: as the registry writes them ("mon-fri 08:00-17:30"), as a form has them, and in words.

/** `days` are Monday to Sunday and, as the eighth, special days. Until "00:00" is the day's end; not later than `from`: on the day after. */
export interface Period { days: boolean[]; from: string; until: string }

const week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const special = 7;

/** null: it is none. */
export function readPeriod(text: string): Period | null {
  const found = /^(\S+) (\d\d:\d\d)-(\d\d:\d\d)$/.exec(text);
  const [, on = "", from = "", until = ""] = found ?? [];
  const days = Array<boolean>(8).fill(false);
  for (const part of on.split(",")) {
    const [first = "", last = first] = part.split("-"), start = week.indexOf(first), end = week.indexOf(last);
    if (part === "daily") days.fill(true, 0, special);
    else if (part === "special") days[special] = true;
    else if (start < 0 || end < 0) return null;
    else for (let day = start; ; day = (day + 1) % special) {
      days[day] = true;
      if (day === end) break;
    }
  }
  return found ? { days, from, until: until === "24:00" ? "00:00" : until } : null;
}

export const writePeriod = ({ days, from, until }: Period): string =>
  `${[...week, "special"].filter((_, day) => days[day]).join(",")} ${from}-${until}`;

/** Runs of three days and more become a span. */
export function periodWords({ days, from, until }: Period, words: { days: string[]; daily: string; nextDay: string }): string {
  const name = (day: number): string => words.days[day] ?? "", parts: string[] = [];
  const isDaily = days.slice(0, special).every(Boolean);
  if (isDaily) parts.push(words.daily);
  for (let day = 0; day < special && !isDaily; day++) {
    let last = day;
    if (!days[day]) continue;
    while (last + 1 < special && days[last + 1]) last++;
    parts.push(last - day >= 2 ? `${name(day)}–${name(last)}` : name(day));
    if (last - day >= 2) day = last;
  }
  if (days[special]) parts.push(name(special));
  const end = until === "00:00" ? "24:00" : until;
  return `${parts.join(", ")} ${from}–${end}${end <= from ? ` (${words.nextDay})` : ""}`;
}
