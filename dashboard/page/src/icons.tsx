// Pictures that stand beside words, never instead of them.
import type { JSX } from "preact";

const shapes = {
  check: "M4 12.5l5 5L20 6.5", cross: "M6 6l12 12M18 6L6 18", stop: "M6 6h12v12H6z", dot: "M12 11.5v1",
  question: "M8.5 9a3.5 3.5 0 1 1 5 3.2c-1 .5-1.5 1.2-1.5 2.3M12 18v.5", alert: "M12 3.5L22 20.5H2zM12 10v5M12 17.5v.5",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v6M12 7v.5", flame: "M12 3c1 4 5 5.5 5 10.5a5 5 0 0 1-10 0c0-2 1-3 2-4 .5 2 1.5 2.5 2 2.5 1-2 0-5 1-9z",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3", unlock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 6.5-1.8",
  passage: "M4 8h14M14 4l4 4-4 4M20 16H6M10 12l-4 4 4 4", door: "M6 21V4h9v17M15 7l4 2v12M3 21h18M12 12v1",
  unplug: "M4 4l16 16M8 8a6 6 0 0 0 7.5 9M12 5.5a6 6 0 0 1 6 7", menu: "M4 6h16M4 12h16M4 18h16", link: "M5 12a7 7 0 0 1 14 0M8.5 12a3.5 3.5 0 0 1 7 0M12 12v8",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1", clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2", in: "M13 4h7v16h-7M4 12h10M10 8l4 4-4 4", out: "M11 4H4v16h7M10 12h10M16 8l4 4-4 4",
  gear: "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M5.6 18.4l2.1-2.1M16.3 7.7l2.1-2.1",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}
